import { work } from 'starline'

process.exitCode = await work(() => import('./star.mjs'), process.argv.slice(2))
