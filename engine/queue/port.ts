import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigurationError, messageOf } from '../errors.ts'
import { redact } from '../redact.ts'
import type { Health } from './health.ts'

/** Who answers for a worker. */
interface Answering {
  health(): Promise<Health>
  metrics(): Promise<string>
}

/** A port at which a worker tells how it is. */
export interface Port {
  /** Where it is: `http://127.0.0.1:9101`. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Opens a port with `/healthz` (200, or 503 with the reason as JSON) and `/metrics` (Prometheus text). It tells whoever
 * reaches it, and does nothing for anybody.
 *
 * @throws {ConfigurationError} where nobody can listen there
 */
export async function openPort(host: string, port: number, who: Answering): Promise<Port> {
  const server = createServer((request, response) => void answer(request, response, who).catch((error: unknown) => {
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
    response.end(`${redact(messageOf(error))}\n`)
  }))
  // A worker that stops waits for nobody who keeps a connection open.
  server.keepAliveTimeout = 1_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ConfigurationError('the port for health and metrics can\'t be opened', {
      where: `${host}:${port}`, why: error.message, wayOut: 'give --port another one', cause: error,
    })))
    server.listen(port, host, resolve)
  })
  const { address, port: opened, family } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${opened}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

async function answer({ method, url = '' }: IncomingMessage, response: ServerResponse, who: Answering): Promise<void> {
  const send = (status: number, type: string, text: string): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(method === 'HEAD' ? undefined : text)
  }
  const path = url.replace(/\?.*/s, '')
  if (method !== 'GET' && method !== 'HEAD') return send(405, 'text/plain', 'GET it\n')
  if (path === '/healthz') {
    const health = await who.health()
    return send(health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`)
  }
  if (path === '/metrics') return send(200, 'text/plain; version=0.0.4; charset=utf-8', await who.metrics())
  send(404, 'text/plain', 'there are /healthz and /metrics\n')
}
