import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearestNames } from '@ft/errors';
import { parseChoices, RunChoicesError, type RunChoices } from './config.ts';

/** Beside `dist` in the package. */
const FOLDER = fileURLToPath(new URL('../recipes', import.meta.url));

/** The names that `--recipe` takes beside the path of a file. */
export async function recipeNames(): Promise<string[]> {
  const names = await readdir(FOLDER);
  // A folder without one is the record of a comparison.
  return names.filter((name) => existsSync(join(FOLDER, name, 'recipe.json'))).sort();
}

/**
 * The choices of a recipe.
 *
 * @param recipe the name of one that comes with the command, or the path of a `.json` file or of a folder with a
 *   `recipe.json`; of the same name, the recipe that comes with the command
 * @throws RunChoicesError where there is none of that name, or it is wrong
 */
export async function loadRecipe(recipe: string): Promise<RunChoices> {
  const file = recipeFile(recipe);
  const text = await readFile(file, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    const names = await recipeNames();
    const [nearest] = nearestNames(recipe, names);
    throw new RunChoicesError(
      `--recipe: "${recipe}" cannot be read (${error.code}). ` +
        `${nearest === undefined ? `There are ${names.join(', ')}, or name a .json file or a folder with a recipe.json.` : `Did you mean ${nearest}?`}`,
      { cause: error },
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RunChoicesError(`${file} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  return parseChoices(value, file);
}

function recipeFile(recipe: string): string {
  if (recipe.endsWith('.json')) return recipe;
  const named = join(FOLDER, recipe, 'recipe.json');
  const own = join(recipe, 'recipe.json');
  const isPath = /[\\/]/.test(recipe) || !existsSync(named);
  return isPath && existsSync(own) ? own : named;
}
