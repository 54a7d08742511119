import type { Command } from 'commander';
import { loadRecipe, recipeNames } from '../recipes.ts';
import { outputOf } from './options.ts';

export function addRecipes(program: Command): void {
  program
    .command('recipes')
    .description('the recipes that `ft train --recipe` takes, and what they set')
    .option('--json', 'print JSON lines')
    .action(async (_options, command: Command) => {
      const output = outputOf(command);
      for (const name of await recipeNames()) {
        const choices = await loadRecipe(name);
        output.say(`${name.padEnd(24)} ${JSON.stringify(choices)}`);
        output.event('recipe', { name, choices });
      }
    });
}
