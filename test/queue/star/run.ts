/** The command line on the star, as a process of its own. */

import { run } from '../../../engine/run.ts'

process.exitCode = await run(() => import('./config.ts'), process.argv.slice(2))
