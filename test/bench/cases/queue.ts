import type { Case, Way } from '../case.ts'
import { checksum } from '../checksum.ts'
import { fill, MEMBER } from '../data.ts'
import type { EtlText, Project } from '../project.ts'
import { createText, linesOf, selectOf } from '../star.ts'
import { WORK_IMPORTS, workOn } from '../work.ts'

const CONCURRENCY = '8'
const MEMBERS = 1_000

/** A dimension of a thousand members of its own. */
function small(at: number, more: string): EtlText {
  const name = `part_${at}`
  return {
    name, kind: 'scd1', more: `key: '${name}_key',\n  lookup: ['member_id'],${more}`,
    source: selectOf('member', MEMBER.map((column) => column.name), `\nWHERE s.member_id BETWEEN ${(at - 1) * MEMBERS + 1} AND ${at * MEMBERS}`),
    create: createText(`${name}_dim`, [`${name}_key  KEY`, ...linesOf(MEMBER), 'UNIQUE (member_id)']),
  }
}

function queueCase(name: string, about: string, more: string, share = 1): Case {
  return {
    name, about,
    async open(scene, sizes) {
      const etls = Math.max(4, Math.round(sizes.etls / share))
      const [shop, warehouse] = [await scene.mariadb('shop'), await scene.mariadb('warehouse')]
      await fill(shop.door, 'member', MEMBER, 'member_id', etls * MEMBERS, scene.seed)
      const dimensions = Array.from({ length: etls }, (_, at) => small(at + 1, more))
      const project = scene.project({
        source: shop.readerUrl, warehouse: warehouse.url, queue: await scene.redis(), dimensions,
        ...more !== '' && { imports: WORK_IMPORTS },
      })
      const all = dimensions.map((each) => `SELECT * FROM ${each.name}_dim WHERE ${each.name}_key <> -1`).join(' UNION ALL ')
      const result = (): Promise<string> => checksum(warehouse.door, `(${all}) AS parts`, MEMBER)
      // So that each of the ways finds what the others find: tables that were loaded before.
      await project.run('--run_dimensions', '--concurrency', CONCURRENCY)
      return {
        rows: etls * MEMBERS, expected: () => checksum(shop.door, 'member', MEMBER),
        ways: [
          { name: 'starline, run.ts alone', result, run: async () => (await project.run('--run_dimensions', '--concurrency', CONCURRENCY)).figures },
          queued(project, 1, result), queued(project, 2, result),
        ],
      }
    },
  }
}

/** Workers wait for their work; their start is not part of it, but their CPU is. */
const queued = (project: Project, workers: number, result: () => Promise<string>): Way => ({
  name: `starline, the queue with ${workers} worker${workers === 1 ? '' : 's'}`, result,
  async run() {
    const pool = await project.workers(workers, CONCURRENCY)
    try {
      const { figures } = await project.run('--run_dimensions', '--enqueue', '--wait')
      const used = await pool.stop()
      return { ...figures, cpu: (figures.cpu ?? 0) + (used.cpu ?? 0), rss: Math.max(figures.rss ?? 0, used.rss ?? 0) }
    } finally {
      await pool.stop()
    }
  },
})

export const queue = queueCase('queue', `Small dimensions of ${MEMBERS.toLocaleString('en-US')} members, ${CONCURRENCY} side by side in each process; the servers have most of the work, and share the machine with all processes.`, '')
export const queueWork = queueCase('queue_work', 'A quarter as many, where a function of each row takes one and a half milliseconds: nearly all of the work is in the workers.', workOn('email'), 4)
