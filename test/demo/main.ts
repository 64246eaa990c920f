/**
 * The queue, shown: npm run demo:queue, npm run demo:kill
 */

import { constants } from 'node:os'
import { demoKill } from './kill.ts'
import { demoQueue } from './queue.ts'
import { openStage } from './stage.ts'

const servers = `
The servers come from STARLINE_TEST_MYSQL and STARLINE_TEST_REDIS if these are set, else from Docker Compose, else from programs on this machine.
Everything is taken away again, also after Ctrl-C.
`
/** What each of them can be told. */
const uses: Readonly<Record<'queue' | 'kill', { readonly known: readonly string[]; readonly usage: string }>> = {
  queue: {
    known: ['--embedded'],
    usage: `npm run demo:queue [-- --embedded]

Two workers side by side load the example, on a MariaDB and a Redis that it brings. With --embedded, or where no server can be had,
one process does it alone, into an embedded database.
${servers}`,
  },
  kill: {
    known: [],
    usage: `npm run demo:kill

Two workers load the example, on a MariaDB and a Redis that it brings. One of them is killed in the middle of a load while somebody reads
the live tables, and what that reader saw is told: the exit code is 1 where it saw a table missing, empty or half loaded.
${servers}`,
  },
}

const [name = '', ...flags] = process.argv.slice(2)
const { usage, known } = uses[name === 'kill' ? 'kill' : 'queue']
const stray = flags.find((flag) => !known.includes(flag))
if (stray !== undefined) {
  if (stray === '--help') process.stdout.write(usage)
  else process.stderr.write(`There is no flag ${stray}.\n\n${usage}`)
  process.exit(stray === '--help' ? 0 : 2)
}
const stage = openStage()
const demo = name === 'kill' ? demoKill(stage) : demoQueue(stage, flags.includes('--embedded'))
// One that was stopped goes on in vain until the process ends.
demo.catch(() => undefined)
const stopped = new Promise<number>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stage.tell('Stopping')
      resolve(128 + constants.signals[signal])
    })
  }
})
let code = 1
try {
  code = await Promise.race([demo, stopped])
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
} finally {
  await stage.clear()
}
process.exit(code)
