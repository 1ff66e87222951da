#!/usr/bin/env node
import { nodeHost } from '../host/host.ts'
import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2), nodeHost())
