import { run } from 'starline'

// Folders and files in the configuration are meant from here on, wherever the command was typed.
process.chdir(import.meta.dirname)

// The configuration is imported only when it is needed: --help works whatever is in it.
process.exitCode = await run(() => import('./config.ts'), process.argv.slice(2))
