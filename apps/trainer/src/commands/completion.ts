import { Argument, type Command } from 'commander';
import { choiceOption } from './options.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options')
    .addArgument(new Argument('<shell>', SHELLS.join(', ')).argParser(choiceOption('shell', SHELLS)))
    .addHelpText('after', '\nExample: source <(ft completion bash)')
    .action((shell: Shell) => {
      process.stdout.write(shell === 'fish' ? fish(program) : bash(program, shell));
    });
}

interface Entry {
  /** The words before, such as `data inspect`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly description: string }[];
}

/** What may follow each command: its own commands and its options. */
function entriesOf(command: Command, path: readonly string[] = []): Entry[] {
  const words = [
    ...command.commands.map((child) => ({ word: child.name(), description: child.description() })),
    ...command.options.flatMap(({ long, description }) =>
      long === undefined || long === null ? [] : [{ word: long, description }],
    ),
  ];
  return [
    { path: path.join(' '), words },
    ...command.commands.flatMap((child) => entriesOf(child, [...path, child.name()])),
  ];
}

/** zsh runs the same script through its bashcompinit. */
function bash(program: Command, shell: 'bash' | 'zsh'): string {
  const cases = entriesOf(program).map(
    ({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`,
  );
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_ft() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case "$path" in
${cases.join('\n')}
    esac
    # A command's argument is no command: look at the words before it.
    [[ -n "$words" || -z "$path" ]] && break
    [[ "$path" == *' '* ]] && path="\${path% *}" || path=''
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _ft ft
`;
}

const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fish(program: Command): string {
  return entriesOf(program)
    .flatMap(({ path, words }) => {
      const before =
        path === ''
          ? '__fish_use_subcommand'
          : path
              .split(' ')
              .map((word) => `__fish_seen_subcommand_from ${word}`)
              .join('; and ');
      return words.map(({ word, description }) => {
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
        return `complete -c ft -n ${quote(before)} ${what} -d ${quote(description)}\n`;
      });
    })
    .join('');
}
