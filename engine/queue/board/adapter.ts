import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'

/** What bull-board answers a question with. */
interface Answer { readonly status?: number; readonly body?: unknown }

/** A question that bull-board can be asked, as it describes it to a server. */
interface Route {
  readonly method: string | readonly string[]
  readonly route: string | readonly string[]
  readonly handler: (request: unknown) => Answer | Promise<Answer>
}

interface EntryRoute {
  readonly route: string | readonly string[]
  readonly handler: (about: { basePath: string; uiConfig: unknown }) => { name: string; params: Record<string, unknown> }
}

/** Writes a page out of a template and what is to stand in it. */
export type Render = (path: string, params: Record<string, unknown>) => Promise<string>

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.json': 'application/json', '.woff2': 'font/woff2',
}

/** Nothing is asked of other hosts, and none is told where the board is. */
const guard = {
  'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store',
} as const

/**
 * The server that bull-board asks for, on Node's own: a framework would be larger than the board.
 *
 * It answers questions and does nothing: the ledger knows what is to be done, and a job that was changed behind its back
 * would be put right by the workers.
 */
export class Adapter {
  readonly #render: Render
  readonly #base: string
  #queues: unknown
  #views = ''
  #files = { route: '', folder: '' }
  #uiConfig: unknown
  #entry: EntryRoute | undefined
  #routes: readonly Route[] = []
  #onError: ((error: Error) => Answer) | undefined

  constructor(base: string, render: Render) {
    this.#base = base
    this.#render = render
  }

  setQueues(queues: unknown): this { this.#queues = queues; return this }
  setViewsPath(path: string): this { this.#views = path; return this }
  setStaticPath(route: string, folder: string): this { this.#files = { route, folder }; return this }
  setUIConfig(config: unknown): this { this.#uiConfig = config; return this }
  setEntryRoute(route: EntryRoute): this { this.#entry = route; return this }
  setErrorHandler(handler: (error: Error) => Answer): this { this.#onError = handler; return this }
  setApiRoutes(routes: readonly Route[]): this { this.#routes = routes; return this }

  /** Answers a request for a path below the board's own. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams): Promise<void> {
    if (request.method !== 'GET') return send(response, 405, 'The board only looks: npx starline retry, npx starline cancel\n')
    if (path.startsWith(`${this.#files.route}/`)) return this.#file(response, path.slice(this.#files.route.length))
    for (const { method, route, handler } of this.#routes) {
      const params = [method].flat().includes('get') ? matched(route, path) : undefined
      if (params !== undefined) return this.#ask(response, handler, { queues: this.#queues, uiConfig: this.#uiConfig, params, query: Object.fromEntries(query), body: {}, headers: {} })
    }
    if (this.#entry === undefined || matched(this.#entry.route, path) === undefined) return send(response, 404, 'There is nothing here\n')
    const { name, params } = this.#entry.handler({ basePath: this.#base, uiConfig: this.#uiConfig })
    send(response, 200, await this.#render(join(this.#views, name), params), 'text/html; charset=utf-8')
  }

  async #ask(response: ServerResponse, handler: Route['handler'], asked: unknown): Promise<void> {
    const { status = 200, body } = await Promise.resolve(handler(asked)).catch((error: unknown) => {
      if (this.#onError === undefined || !(error instanceof Error)) throw error
      return this.#onError(error)
    })
    send(response, status, JSON.stringify(body ?? {}), 'application/json')
  }

  async #file(response: ServerResponse, path: string): Promise<void> {
    const file = join(this.#files.folder, path)
    const text = file.startsWith(this.#files.folder + sep) ? await readFile(file).catch(() => undefined) : undefined
    if (text === undefined) send(response, 404, 'There is no such file\n')
    else send(response, 200, text, types[extname(file)])
  }
}

/** Answers with a text. */
export function send(response: ServerResponse, status: number, body: string | Buffer, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { ...guard, 'content-type': type }).end(body)
}

/** What the named parts of a route are in a path; undefined where it is another one's. */
function matched(routes: string | readonly string[], path: string): Record<string, string> | undefined {
  for (const route of [routes].flat()) {
    const pattern = route.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')
    const found = new RegExp(`^${pattern}/?$`).exec(path)
    if (found !== null) return { ...found.groups }
  }
  return undefined
}
