import type { Config } from '../etl/registry.ts'
import { DatabaseError, messageOf, StarlineError } from '../errors.ts'
import { redact } from '../redact.ts'
import { openLine } from './backend.ts'
import type { Line } from './backend/line.ts'
import type { Asked } from './message.ts'
import { addJob, queueFor, queuesOn } from './queues.ts'
import type { Queues } from './queues.ts'

interface Open {
  readonly line: Line
  readonly queues: Queues
}

/**
 * Adds jobs.
 *
 * It connects when it is first used. While something is under way it keeps the process alive; at rest it doesn't, so a
 * program that added a job ends by itself. A connection that breaks at rest is made anew when needed.
 */
export class Producer {
  readonly #config: Config
  #open: Promise<Open> | undefined
  #place = 'the queue'
  #busy = 0

  constructor(config: Config) {
    this.#config = config
  }

  /** Adds the job of a refresh, or of one ETL by itself. Once: a job that is there stays as it is. */
  async add(refresh: string, asked: Asked): Promise<void> {
    await this.#use(({ queues }) => addJob(queueFor(this.#config, queues, asked), refresh, asked))
  }

  /** Ends the connection now; the next use makes another. */
  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await (await open?.catch(() => undefined))?.line.close()
  }

  async #use<T>(work: (open: Open) => Promise<T>): Promise<T> {
    this.#busy += 1
    const opening = this.#open ??= this.#connect()
    try {
      const open = await opening
      open.line.keepAlive(true)
      return await work(open)
    } catch (error) {
      if (this.#open === opening) await this.close()
      throw error instanceof StarlineError ? error : new DatabaseError('the queue did not answer', {
        where: this.#place, why: redact(messageOf(error)), transient: true, wayOut: 'look whether its server is well, then try again',
      })
    } finally {
      this.#busy -= 1
      if (this.#busy === 0) (await this.#open?.catch(() => undefined))?.line.keepAlive(false)
    }
  }

  #connect(): Promise<Open> {
    const { queue, warehouse, deadlines: { connectSeconds: seconds } } = this.#config
    const opening = openLine(queue, { seconds, comesBack: false, warehouse }).then((line): Open => {
      this.#place = line.place
      line.watch({
        away: () => { if (this.#open === opening) void this.close() },
        back() {},
      })
      return { line, queues: queuesOn(line) }
    })
    return opening
  }
}
