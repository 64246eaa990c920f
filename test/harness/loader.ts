/** The loader's process: waits for one job, does it, and ends, by itself or as it was told. */

import { appendFileSync } from 'node:fs'
import type { FailPoint, Job, Note } from './job.ts'
import { load, reportOfError } from './load.ts'

const die = (): void => { process.kill(process.pid, 'SIGKILL') }
const is = (point: FailPoint, wanted: FailPoint): boolean =>
  point.step === wanted.step && (wanted.etl === undefined || point.etl === wanted.etl)

process.once('message', (job: Job) => {
  // Written at once: what a killed process noted is there all the same.
  const note = (line: Note): void => appendFileSync(job.notes, `${JSON.stringify(line)}\n`)
  load(job, note, (point) => {
    if (job.stop !== undefined && is(point, job.stop)) process.kill(process.pid, 'SIGSTOP')
    if (job.death === undefined || 'outside' in job.death || !is(point, job.death.at)) return
    if (job.death.later === undefined) die()
    else setTimeout(die, job.death.later)
  }).catch((error: unknown) => {
    note({ what: 'report', report: reportOfError(error) })
  }).finally(() => { process.disconnect() })
})

process.send?.('ready')

// Without the harness nobody would ever give it a job, or read its notes.
process.once('disconnect', () => { process.removeAllListeners('message') })
