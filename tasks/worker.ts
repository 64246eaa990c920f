import { work } from 'starline'

// Takes jobs until it is told to stop; start as many as you like: npm run worker -- --help
process.exitCode = await work(() => import('../config.ts'), process.argv.slice(2))
