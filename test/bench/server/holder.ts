// A program that holds connections beside the load: it prints a line when all are there, and another one when it was told to
// finish.
import { type Children, LOAD_CORE, programPath } from './children.ts'

export interface Holder<Report> {
  /** Closes its stdin and waits for what it has to say. */
  readonly finish: () => Promise<Report>
}

/** Resolves when all connections are there. The plan goes as an argument. */
export async function hold<Report>(
  children: Children,
  program: string,
  plan: object,
  openFiles: number,
): Promise<Holder<Report>> {
  const command = [process.execPath, programPath(program), JSON.stringify(plan)]
  const child = children.spawn(program, command, { core: LOAD_CORE, openFiles })
  await child.nextLine()
  return {
    finish: async () => {
      child.closeInput()
      const report = JSON.parse(await child.nextLine()) as Report
      await child.end()
      return report
    },
  }
}
