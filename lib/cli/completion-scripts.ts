import type { Command } from 'commander';

/** What a shell completes of one command. */
interface Completed {
  name: string;
  description: string;
  options: { names: string[]; description: string; takesValue: boolean }[];
  /** The words that its first argument can be; empty where that is free. */
  words: readonly string[];
}

const SHELLS = { bash, zsh, fish };

/** A shell whose completions there are. */
export type Shell = keyof typeof SHELLS;

export const SHELL_NAMES = Object.keys(SHELLS) as readonly Shell[];

/** The script that makes a shell complete the commands of a program and their options. */
export function completionScript(shell: Shell, program: Command): string {
  const names = program.commands.map((command) => command.name());
  return SHELLS[shell](
    program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: command.createHelp().visibleOptions(command).map(optionOf),
      words: command.name() === 'completion' ? SHELL_NAMES : [],
    })),
    names,
  );
}

function optionOf(option: ReturnType<ReturnType<Command['createHelp']>['visibleOptions']>[number]) {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  const takesValue = option.required || option.optional;
  return { names, description: option.description, takesValue };
}

function bash(commands: readonly Completed[], names: readonly string[]): string {
  const cases = commands.map(({ name, options, words }) => {
    const all = [...words, ...options.flatMap((option) => option.names)];
    return `    ${name}) words='${all.join(' ')}' ;;`;
  });
  return `# eval "$(nestjs-remote completion bash)"
_nestjs_remote() {
  local words=''
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    help) words='${names.join(' ')}' ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${[...names, 'help'].join(' ')}'
  fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _nestjs_remote nestjs-remote
`;
}

function zsh(commands: readonly Completed[], names: readonly string[]): string {
  const described = commands.map(
    ({ name, description }) => `    ${quoted(`${name}:${description}`)}`,
  );
  const cases = commands.map(({ name, options, words }) => {
    const rest = words.length > 0 ? `*:argument:(${words.join(' ')})` : '*:argument:_files';
    const specs = options.flatMap(({ names: forms, description, takesValue }) => {
      const about = description.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
      return forms.map((form) => quoted(`${form}[${about}]${takesValue ? ':value:_files' : ''}`));
    });
    return `    ${name}) _arguments ${[quoted(rest), ...specs].join(' ')} ;;`;
  });
  return `#compdef nestjs-remote
# eval "$(nestjs-remote completion zsh)"
_nestjs_remote() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join('\n')}
    help) _values command ${names.join(' ')} ;;
  esac
}
compdef _nestjs_remote nestjs-remote
`;
}

function fish(commands: readonly Completed[], names: readonly string[]): string {
  const complete = 'complete -c nestjs-remote';
  const lines = commands.flatMap(({ name, description, options, words }) => [
    `${complete} -f -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...words.map((word) => `${complete} -f -n '__fish_seen_subcommand_from ${name}' -a ${word}`),
    ...options.map((option) => {
      const forms = option.names.map((form) =>
        form.replace(/^--/, '-l ').replace(/^-(?=\w$)/, '-s '),
      );
      const value = option.takesValue ? ' -r' : '';
      return `${complete} -n '__fish_seen_subcommand_from ${name}' ${forms.join(' ')}${value} -d ${quoted(option.description)}`;
    }),
  ]);
  return `# nestjs-remote completion fish | source
${lines.join('\n')}
${complete} -f -n '__fish_seen_subcommand_from help' -a '${names.join(' ')}'
`;
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
