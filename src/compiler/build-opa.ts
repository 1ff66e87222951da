// Run by `npm run build`, after tsc: makes the compiler where Go is installed, and says what will
// not work where it is not.
import { fileURLToPath } from 'node:url'
import { environment } from '../host/environment.ts'
import { makeCompiler } from './make-compiler.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { message, exitCode } = await makeCompiler(root, environment)
if (message !== undefined) process.stderr.write(`${message}\n`)
process.exitCode = exitCode
