import { work } from '../../../engine/queue/work.ts'

process.exitCode = await work(() => import('./config.ts'), process.argv.slice(2))
