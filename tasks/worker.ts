import { dirname } from 'node:path'
import { work } from 'starline'

// Folders and files in the configuration are meant from its own folder on, wherever the command was typed.
process.chdir(dirname(import.meta.dirname))

// Takes jobs until it is told to stop; start as many as you like: npm run worker -- --help
process.exitCode = await work(() => import('../config.ts'), process.argv.slice(2))
