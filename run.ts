import { run } from 'starline'

// The configuration is imported only when it is needed: --help works whatever is in it.
process.exitCode = await run(() => import('./config.ts'), process.argv.slice(2))
