// What a shell needs to complete our commands, from what they say of themselves: nothing is asked of us while somebody types.
import type { Command, OptionSpec } from '../command.ts'
import { allOptions } from '../parse-arguments.ts'
import { unreachable } from '../../errors.ts'

type Shell = 'bash' | 'zsh' | 'fish'

/** A script to be sourced by the shell. */
export function renderCompletion(shell: Shell, commands: readonly Command[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands)
    case 'zsh':
      return zshScript(commands)
    case 'fish':
      return fishScript(commands)
    default:
      return unreachable(shell)
  }
}

/** What an option or operand may be: one of these words, a file, or what nobody can know. */
type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' }
  | { readonly kind: 'free' }

function valuesOf({ value = '', choices }: OptionSpec): Values {
  if (choices !== undefined) return { kind: 'words', words: choices }
  return { kind: /FILE|DIR/.test(value) ? 'files' : 'free' }
}

/** In capitals stands what has to be put in, in small letters what is meant to the letter. */
function operandsOf({ operands, maxOperands }: Command): Values {
  const words = operands.split(/[^A-Za-z]+/).filter((word) => /^[a-z]+$/.test(word))
  if (words.length > 0) return { kind: 'words', words }
  return { kind: maxOperands > 0 ? 'files' : 'free' }
}

function dashed({ name, short }: OptionSpec): readonly string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
}

// Where there is nothing of ours to propose, bash proposes files: that is what `-o default` says.
function bashScript(commands: readonly Command[]): string {
  const cases = commands.flatMap((command) => {
    const options = allOptions(command)
    const operands = operandsOf(command)
    const takers = options.filter(({ value }) => value !== undefined)
    const others = takers.filter((each) => valuesOf(each).kind !== 'words').flatMap(dashed)
    return [
      `    ${command.name})`,
      '      case $previous in',
      ...takers.flatMap((option) => {
        const values = valuesOf(option)
        return values.kind === 'words'
          ? [`        ${dashed(option).join('|')}) words='${values.words.join(' ')}' ;;`]
          : []
      }),
      ...(others.length === 0 ? [] : [`        ${others.join('|')}) ;;`]),
      `        *) words='${operands.kind === 'words' ? operands.words.join(' ') : ''}'`,
      `          [[ $current == -* ]] && words='${options.flatMap(dashed).join(' ')}' ;;`,
      '      esac ;;',
    ]
  })
  return `# bash completion of portcullis
_portcullis() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words=
  # bash takes \`--option=value\` for three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  ((COMP_CWORD == 1)) && command=
  case $command in
    '') words='${[...commands.map(({ name }) => name), '--help', '--version'].join(' ')}' ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _portcullis portcullis
`
}

function zshScript(commands: readonly Command[]): string {
  const cases = commands.flatMap((command) => {
    const operands = operandsOf(command)
    const [first, second] = [command.maxOperands > 1 ? '*' : '1', zshAction(operands)]
    return [
      `        ${command.name})`,
      '          _arguments -s \\',
      ...allOptions(command).map((option) => `            ${zshOption(option)} \\`),
      `            ${command.maxOperands === 0 ? "'*: :'" : quote(`${first}:operand:${second}`)} ;;`,
    ]
  })
  return `#compdef portcullis
_portcullis() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join('\n')}
  )
  _arguments -C \\
    '(- *)'{-h,--help}'[show help]' \\
    '(- *)'{-V,--version}'[show the version]' \\
    '1:command:->command' \\
    '*::argument:->argument'
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}
if [[ $funcstack[1] == _portcullis ]]; then
  _portcullis "$@"
else
  compdef _portcullis portcullis
fi
`
}

function zshOption(option: OptionSpec): string {
  const { value, repeatable, summary } = option
  const what = `[${summary.replaceAll(/[[\]\\]/g, '\\$&')}]`
  const takes =
    value === undefined ? '' : `:${value.replaceAll(':', '\\:')}:${zshAction(valuesOf(option))}`
  const names = dashed(option)
  const except = repeatable === true ? '*' : names.length > 1 ? `(${names.join(' ')})` : ''
  const spell = (name: string): string => {
    if (value === undefined) return name
    return name.startsWith('--') ? `${name}=` : `${name}+`
  }
  // The braces are the shell's: one word for each name.
  const [only = '', ...rest] = names.map(spell)
  if (rest.length === 0) return quote(`${except}${only}${what}${takes}`)
  return `${quote(except)}{${[only, ...rest].join(',')}}${quote(`${what}${takes}`)}`
}

function zshAction(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `(${values.words.join(' ')})`
    case 'files':
      return '_files'
    case 'free':
      return ' '
    default:
      return unreachable(values)
  }
}

function fishScript(commands: readonly Command[]): string {
  const line = (condition: string, rest: string): string =>
    `complete -c portcullis -n ${fishQuote(condition)} ${rest}`
  const lines = commands.flatMap((command) => {
    const here = `__portcullis_is ${command.name}`
    const operands = operandsOf(command)
    return [
      line('__portcullis_is', `-f -a ${command.name} -d ${fishQuote(command.summary)}`),
      ...(operands.kind === 'words'
        ? [line(here, `-f -a ${fishQuote(operands.words.join(' '))}`)]
        : []),
      ...(operands.kind === 'free' ? [line(here, '-f')] : []),
      ...allOptions(command).map((option) => {
        const short = option.short === undefined ? '' : `-s ${option.short} `
        const takes = option.value === undefined ? '' : `${fishTakes(valuesOf(option))} `
        return line(here, `${short}-l ${option.name} ${takes}-d ${fishQuote(option.summary)}`)
      }),
    ]
  })
  return `# fish completion of portcullis
function __portcullis_is
    set -l words (commandline -opc)
    if test (count $argv) -eq 0
        test (count $words) -eq 1
    else
        test (count $words) -gt 1; and test $words[2] = $argv[1]
    end
end
${line('__portcullis_is', '-f')}
${line('__portcullis_is', "-s h -l help -d 'show help'")}
${line('__portcullis_is', "-s V -l version -d 'show the version'")}
${lines.join('\n')}
`
}

function fishTakes(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `-x -a ${fishQuote(values.words.join(' '))}`
    case 'files':
      return '-r -F'
    case 'free':
      return '-x'
    default:
      return unreachable(values)
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function fishQuote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
}
