import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Queue } from 'bullmq'
import { ConfigurationError, messageOf } from '../../errors.ts'
import type { Board } from '../../etl/queue-door.ts'
import { entriesOf } from '../../etl/registry.ts'
import type { Config } from '../../etl/registry.ts'
import { queueNameOf } from '../../etl/queue-name.ts'
import { redact } from '../../redact.ts'
import { isEmbedded, openLine } from '../backend.ts'
import { late } from '../late.ts'
import { refreshesQueue } from '../message.ts'
import { queueOf, queuesOn } from '../queues.ts'
import { Adapter, send } from './adapter.ts'
import type { Render } from './adapter.ts'

/** What must be installed for it. Their names stand apart from their imports: who compiles the engine need not have them. */
const packages = ['@bull-board/api', '@bull-board/ui', 'ejs'] as const
const adapterModule: string = '@bull-board/api/bullMQAdapter'

/** As far as they are used. */
interface BullBoard {
  createBullBoard(board: { queues: readonly unknown[]; serverAdapter: Adapter; options: unknown }): void
}
interface BullMQAdapters {
  BullMQAdapter: new (queue: Queue, options: { readOnlyMode: boolean; allowRetries: boolean }) => unknown
}

/**
 * Shows the queues in a browser, on this machine alone, behind a token that nobody else knows.
 *
 * @param port where it listens; a free one where it is 0
 * @throws {ConfigurationError} where its packages are not installed, the port is taken, or the queue lives in one process
 * @throws {DatabaseError} where the queue can't be reached
 */
export async function openBoard(config: Config, port: number): Promise<Board> {
  if (isEmbedded(config.queue)) {
    throw new ConfigurationError('the embedded queue can\'t be looked at', { why: 'it lives in the process that works on it', wayOut: 'npx starline status asks the warehouse\'s ledger' })
  }
  const { api, adapters, render } = await loadPackages()
  const line = await openLine(config.queue, { seconds: config.deadlines.connectSeconds, comesBack: true, warehouse: config.warehouse })
  try {
    const token = randomBytes(24).toString('hex')
    const adapter = new Adapter(`/${token}/`, render)
    const queues = queuesOn(line)
    const names = [refreshesQueue, ...new Set(entriesOf(config).map((entry) => queueOf(queueNameOf(entry))))]
    api.createBullBoard({
      queues: names.map((name) => new adapters.BullMQAdapter(queues.named(name), { readOnlyMode: true, allowRetries: false })),
      serverAdapter: adapter, options: { uiConfig: { boardTitle: 'Starline' } },
    })
    const server = await listening(createServer((request, response) => void answer(request, response, token, adapter)), port)
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${token}/`,
      async close() {
        server.closeAllConnections()
        server.close()
        await line.close()
      },
    }
  } catch (error) {
    await line.close()
    throw error
  }
}

async function loadPackages(): Promise<{ api: BullBoard; adapters: BullMQAdapters; render: Render }> {
  const [apiModule, , ejsModule]: readonly string[] = packages
  return late(packages, async () => {
    const [api, adapters, ejs] = await Promise.all([import(apiModule ?? ''), import(adapterModule), import(ejsModule ?? '')]) as
      [BullBoard, BullMQAdapters, { default: { renderFile: Render } }]
    return { api, adapters, render: (path, params) => ejs.default.renderFile(path, params) }
  }, 'only the board needs it')
}

async function answer(request: IncomingMessage, response: ServerResponse, token: string, adapter: Adapter): Promise<void> {
  try {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const [, given = '', ...rest] = pathname.split('/')
    if (!isSame(given, token)) return send(response, 401, 'The token is missing or wrong: use the address that starline board has printed\n')
    await adapter.answer(request, response, `/${rest.map(decodeURIComponent).join('/')}`, searchParams)
  } catch (error) {
    if (!response.headersSent) send(response, 500, `${redact(messageOf(error))}\n`)
  }
}

/** Takes as long whatever is wrong. */
const isSame = (given: string, token: string): boolean => Buffer.byteLength(given) === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token))

async function listening(server: Server, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new ConfigurationError(`nothing can listen at port ${port}`, { why: messageOf(error), wayOut: 'name another one, or none: then a free one is taken', cause: error })))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
