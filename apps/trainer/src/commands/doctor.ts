import { describeEngines, type EngineName } from '@ft/engine';
import type { Command } from 'commander';
import { engineOption, outputOf } from './options.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say which engine is in use, why each other one is not, and what a bug report needs')
    .addOption(engineOption())
    .option('--json', 'print JSON lines')
    .action(async ({ engine: required }: { engine?: EngineName }, command: Command) => {
      const output = outputOf(command);
      const report = await describeEngines(required === undefined ? {} : { require: required });
      output.event('doctor', { ...report });

      const { system, cpu, memory, engine, selfTest } = report;
      const lines: [string, string][] = [
        ['Engine', `${engine.name} ${engine.version} on ${engine.device}`],
        ...report.refused.map(({ name, reason }): [string, string] => [`  not ${name}`, reason]),
        [
          'Self-test',
          `${selfTest.isCorrect ? 'correct' : 'WRONG RESULTS'}, ${selfTest.matMulGflops.toFixed(0)} Gflop/s in products, ` +
            `${selfTest.convolutionImagesPerSecond.toFixed(0)} images/s in a convolution with gradient`,
        ],
        [
          'Installed',
          report.installed.map(({ directory }) => directory).join(', ') || 'none, see `ft engine install`',
        ],
        ['Node', report.node],
        ['System', `${system.platform} ${system.release} ${system.arch}, glibc ${system.glibc ?? 'none'}`],
        ['Processor', `${cpu.model}, ${cpu.threads} threads, ${cpu.features.join(' ')}`],
        ['Memory', `${gib(memory.total)}, ${gib(memory.free)} free`],
        ['NVIDIA GPUs', report.gpus.join(', ') || 'none'],
        ['Compiler', report.compiler ?? 'none'],
        ['Cache', report.cacheDirectory],
        [
          'Environment',
          Object.entries(report.environment)
            .map(([name, value]) => `${name}=${value}`)
            .join(' ') || 'nothing set',
        ],
      ];
      for (const [label, text] of lines) output.say(`${label.padEnd(20)}${text}`);
    });
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
