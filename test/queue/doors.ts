/** The same star behind both doors: one source, two warehouses, and whoever works for the queue. */

import { main } from '../../engine/main.ts'
import { runWith } from '../../engine/run.ts'
import { openLog } from '../../engine/log.ts'
import { startWorker } from '../../engine/queue/worker.ts'
import type { RunningWorker } from '../../engine/queue/worker.ts'
import { capturedIo } from '../cli/captured.ts'
import { until } from '../helpers/servers/machine.ts'
import { checksums, newProject, rows } from './project.ts'
import type { Project } from './project.ts'
import { starOf } from './star/star.ts'
import type { StarPlaces } from './star/star.ts'

/** What came of a command line. */
export interface Ran { readonly code: number; readonly out: string; readonly err: string }

/** Runs a command line on a star, in this process. */
export async function runOn({ config }: Pick<Project, 'config'>, line: string): Promise<Ran> {
  const io = capturedIo()
  const code = await runWith(() => Promise.resolve({ default: config }), line.split(' '), io)
  return { code, out: io.out.text(), err: io.err.text() }
}

/** A worker in this process, which is stopped with the test. */
export const workerOn = (project: Project, concurrency = 2): Promise<RunningWorker> =>
  startWorker(project.config, { concurrency, log: openLog(project.config.logs, 'worker'), lockSeconds: 10, stalledSeconds: 10 })

/** A star behind each door: the source and its orders are the same, the warehouses are not. */
export async function bothDoors(more: Partial<StarPlaces> = {}): Promise<{ readonly queued: Project; readonly inTurn: Project }> {
  const queued = await newProject(more)
  const other = await newProject({ ...more, source: queued.source })
  const places = { ...queued, warehouse: other.warehouse }
  return { queued, inTurn: { ...places, config: starOf(places) } }
}

/** What may differ: names of refreshes, durations, and what follows from a number of the server's. */
export const comparable = (text: string): string => text
  .replaceAll(/\d{8}T\d{6}-[0-9a-f]{8}/g, '<refresh>').replaceAll(/[\d.]+(?: s\b)/g, '<t> s').replaceAll(/"seconds": [\d.e-]+/g, '"seconds": 0').replaceAll(/ +(<t> s)/g, ' $1')

/** The document of `--json`, without what may differ. */
export const documentOf = ({ out }: Ran): unknown => JSON.parse(comparable(out))

/** All that a reader could see of a star. */
export async function contentsOf(project: Project): Promise<unknown> {
  const present = await rows(project.warehouse, "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name NOT LIKE 'etl\\_%' AND table_name NOT LIKE '%\\_\\_o%' ORDER BY 1")
  return { tables: present.map(({ t }) => String(t)), checksums: await checksums(project.warehouse) }
}

/** Runs a command of `starline` on a star, in this process. */
export async function starline({ config }: Pick<Project, 'config'>, ...argv: readonly string[]): Promise<Ran> {
  const io = capturedIo()
  const code = await main(argv, () => Promise.resolve({ default: config }), io)
  return { code, out: io.out.text(), err: io.err.text() }
}

/** The refresh that a command line has asked for. */
export function askedIn({ code, out, err }: Ran): string {
  const id = /\d{8}T\d{6}-[0-9a-f]{8}/.exec(out)?.[0]
  if (code !== 0 || id === undefined) throw new Error(`nothing was asked for: ${code} ${out}${err}`)
  return id
}

/** Waits until a refresh is as it should be. */
export const untilRefresh = (project: Project, refresh: string, status: string): Promise<true> => until(`refresh ${refresh} is ${status}`, async () =>
  (await rows(project.warehouse, `SELECT 1 FROM etl_refresh WHERE id = '${refresh}' AND status = '${status}'`)).length === 1 || undefined, 60_000)
