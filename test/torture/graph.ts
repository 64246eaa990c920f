import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../engine/etl/registry.ts'
import { refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { freshDatabase, freshRedis } from '../helpers/servers/index.ts'
import { openPool } from './pool.ts'

export interface GraphOptions {
  /** How many ETLs: half of them dimensions, the other half facts of one dimension each. */
  readonly etls: number
  /** Processes, with 4 jobs side by side each. */
  readonly workers: number
  /** How long the source of each ETL takes. */
  readonly seconds: number
}

/** Runs one refresh of many ETLs that mostly wait, and compares its time with the shortest that is possible on so many workers. */
export async function graph({ etls, workers, seconds }: GraphOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'starline-graph-'))
  const [warehouse, queue] = [await freshDatabase('graph'), await freshRedis()]
  const half = String(etls / 2)
  const env = { TORTURE_WAREHOUSE: warehouse.url, TORTURE_QUEUE: queue.url, TORTURE_FOLDER: folder, TORTURE_ETLS: half, TORTURE_FACTS: half, TORTURE_SLEEP: String(seconds * 1000) }
  Object.assign(process.env, env)
  const { default: config } = await import(`./star.mjs?${Date.now()}`) as { readonly default: Config }
  const pool = openPool(workers, env, true)
  try {
    await pool.working(workers)
    const begun = performance.now()
    const [dimensions, facts] = await (await refreshDataWarehouseTask(config).add()).result()
    const took = (performance.now() - begun) / 1000
    // No ETL is done by halves, and a fact comes after its dimension.
    const shortest = Math.max(2, Math.ceil(etls / (workers * 4))) * seconds
    return `${dimensions.length + facts.length} ETLs of ${seconds} s on ${workers} workers with 4 jobs each: ${took.toFixed(1)} s, the shortest possible is ${shortest.toFixed(1)} s: ${(100 * (took / shortest - 1)).toFixed(1)} % above`
  } finally {
    await pool.stop()
    await warehouse.drop()
    await rm(folder, { recursive: true, force: true })
  }
}
