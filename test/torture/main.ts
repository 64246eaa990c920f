/**
 * The queue under torture, on real servers with compiled workers: npm run torture -- --help
 */

import { parseArgs } from 'node:util'
import { mochaGlobalTeardown } from '../helpers/setup.ts'
import { graph } from './graph.ts'
import { torture } from './torture.ts'
import type { QueueKind, Trouble } from './torture.ts'

const help = `npm run torture -- [--trouble kills|restarts|wipes|none] [--queue redis|postgres|embedded] [--jobs N] [--times N] [--workers N] [--etls N] [--seed N]

Adds many jobs of tiny dimensions, lets compiled workers do them while they are troubled, and looks at what became of each.

  --trouble   kills: a random worker, kill -9 every 400 ms; restarts: the Redis, kill -9 and started again with its append-only file;
              wipes: the Redis is emptied; none (default kills)
  --queue     the embedded one does the jobs in this process, and only --trouble none goes with it
  --times     how often (default 50)
  --jobs      how many jobs (default 1,000)
  --workers   how many processes, with 4 jobs side by side each (default 4)
  --etls      over how many tables the jobs are spread (default 200)
  --graph S   instead: one refresh of --etls ETLs whose sources take S seconds each, half of them facts of the others
`

const { values } = parseArgs({
  options: {
    trouble: { type: 'string', default: 'kills' }, queue: { type: 'string', default: 'redis' }, jobs: { type: 'string', default: '1000' }, times: { type: 'string', default: '50' },
    workers: { type: 'string', default: '4' }, etls: { type: 'string', default: '200' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) }, help: { type: 'boolean', default: false }, graph: { type: 'string' },
  },
})

if (values.help) process.stdout.write(help)
else if (values.graph !== undefined) {
  try {
    process.stdout.write(`${await graph({ etls: Number(values.etls), workers: Number(values.workers), seconds: Number(values.graph) })}\n`)
  } finally {
    await mochaGlobalTeardown()
  }
} else {
  try {
    const told = await torture({
      trouble: values.trouble as Trouble, queue: values.queue as QueueKind, seed: Number(values.seed),
      jobs: Number(values.jobs), times: Number(values.times), workers: Number(values.workers), etls: Number(values.etls), compiled: true,
    })
    process.stdout.write(`${told.line}\n`)
    for (const violation of told.violations) process.stdout.write(`  ${violation}\n`)
    process.exitCode = told.violations.length === 0 ? 0 : 1
  } finally {
    await mochaGlobalTeardown()
  }
}
