import { run } from 'starline'

// What run.ts of the example does.
process.exitCode = await run(() => import('./config.ts'), process.argv.slice(2))
