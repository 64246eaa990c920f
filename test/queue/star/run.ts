/** The command line on the star, as a process of its own. */

import { run } from '../../../engine/run.ts'

// For config.ts in a thread of this process, which must be told the same.
process.env['STAR_FLAGS'] = process.argv.slice(2).join(' ')
process.exitCode = await run(() => import('./config.ts'), process.argv.slice(2))
