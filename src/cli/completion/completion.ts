import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { expectChoice } from '../parse-arguments.ts'
import { UsageError } from '../usage-error.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** The command that writes the completion of `commands`, itself among them. */
export function completionOf(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: 'Write a script by which a shell completes commands, options and their values.',
    operands: SHELLS.join('|'),
    maxOperands: 1,
    options: [],
    examples: [
      ['source <(portcullis completion bash)', 'in ~/.bashrc'],
      ['source <(portcullis completion zsh)', 'in ~/.zshrc, below compinit'],
      ['portcullis completion fish > ~/.config/fish/completions/portcullis.fish', 'once'],
    ],
    exitCodes: [
      [EXIT.clean, 'the script is on stdout'],
      [EXIT.failed, 'there is none for this shell'],
      [EXIT.internal, 'a bug of ours'],
    ],
    run: async (args, host) => {
      const [operand] = args.positionals
      if (operand === undefined) {
        throw new UsageError(`\`portcullis completion\` needs a shell: ${SHELLS.join(', ')}`)
      }
      const shell = expectChoice('portcullis completion', operand, SHELLS)
      const { renderCompletion } = await import('./completion-script.ts')
      await host.stdout.write(renderCompletion(shell, commands()))
      return EXIT.clean
    },
  }
}
