import { once } from 'node:events';
import type { Command } from 'commander';
import { serveLivePage } from '../live-page.ts';
import { openRunDirectory } from '../run-directory.ts';
import { numberOption, outputOf } from './options.ts';

export function addLive(program: Command): void {
  program
    .command('live')
    .description('show the charts of a run in the browser while it trains, or after it has ended')
    .argument('<run>', 'folder of the run, such as runs/NAME')
    .option('--port <n>', 'of the page, on this machine alone (any free one)', portOption(), 0)
    .option('--json', 'print JSON lines')
    .addHelpText('after', '\nExample: ft live runs/first')
    .action(async (run: string, { port }: { port: number }, command: Command) => {
      const output = outputOf(command);
      const { directory } = await openRunDirectory(run);
      const page = await serveLivePage(directory, port);
      output.say(`${page.url} shows ${run}. Stop with Ctrl+C.`);
      output.event('live', { run, url: page.url });
      const keepRunning = setInterval(() => {}, 1 << 30);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      clearInterval(keepRunning);
      await page.close();
    });
}

/** `--port`, for every command with a page. */
export const portOption = () => numberOption('--port', { min: 0, below: 65_536, integer: true });
