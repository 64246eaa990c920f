import { ConfigurationError } from '../errors.ts'
import { loadConfig } from '../load-config.ts'
import type { Door } from './door.ts'
import { listenForStop } from './stop.ts'
import type { Written } from './written.ts'

/** `starline board`: shows the queues in a browser until it is told to stop. The exit code. */
export async function board({ _: [stray], port }: Written, door: Door): Promise<number> {
  if (stray !== undefined) throw new ConfigurationError(`nothing can be done with ${JSON.stringify(stray)}`, { wayOut: 'board takes no word' })
  const config = await loadConfig(door.config)
  const stop = listenForStop(() => undefined)
  try {
    const shown = await (await door.queue(config)).board(config, portOf(port))
    door.io.out.write(`${shown.url}\n`)
    door.io.err.write('Whoever has this address can look at the queues, from this machine alone. Ctrl-C stops.\n')
    if (!stop.signal.aborted) await new Promise((resolve) => { stop.signal.addEventListener('abort', resolve, { once: true }) })
    await shown.close()
    return stop.code() ?? 0
  } finally {
    stop.release()
  }
}

function portOf(written: unknown = '0'): number {
  const port = typeof written === 'string' && /^\d{1,5}$/.test(written) ? Number(written) : Infinity
  if (port <= 65_535) return port
  throw new ConfigurationError(`--port takes a number up to 65535, not ${JSON.stringify(written)}`, { wayOut: 'leave it out for a free one' })
}
