#!/usr/bin/env node
import { basename } from 'node:path'
import { nodeHost } from '../host/host.ts'
import { run } from './run.ts'

// kubectl runs what is called so on the PATH as a command of its own.
const isPlugin = basename(process.argv[1] ?? '') === 'kubectl-portcullis'
const program = isPlugin ? 'kubectl portcullis' : 'portcullis'

// Without a top-level await: what is loaded while it runs may import the file that this is packed into, and would wait for it.
void run(process.argv.slice(2), nodeHost(), program).then((code) => {
  process.exitCode = code
})
