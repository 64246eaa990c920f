import { ConfigurationError } from '../errors.ts'
import { originsIn } from '../origins.ts'
import type { Origin } from '../origins.ts'
import { clean } from './document.ts'
import type { Door } from './door.ts'
import { loadConfig } from '../load-config.ts'
import type { ConfigSource } from '../load-config.ts'
import { errorDocument } from '../error-document.ts'
import { errorText } from './say-error.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'
import type { Written } from './written.ts'

/** `starline config print`: every value of the configuration, and where it came from. Passwords are hidden. The exit code. */
export async function config({ _: [what, stray], json }: Written, { config: source, io }: Door): Promise<number> {
  if (what !== 'print' || stray !== undefined) {
    throw new ConfigurationError(what === undefined ? 'there is nothing to do with the configuration' : `nothing can be done with ${JSON.stringify(stray ?? what)}`, { wayOut: 'write: npx starline config print' })
  }
  const { origins, error } = await read(source)
  const shown = origins.map((origin) => ({ key: origin.path, value: origin.value ?? null, from: origin.from, variables: origin.variables }))
  io.out.write(json === true ? `${JSON.stringify(clean({ values: shown, ...error && { error: errorDocument(error) } }), undefined, 2)}\n` : textOf(origins, io.out))
  if (error === undefined) return 0
  if (json !== true) io.err.write(`\n${errorText(io.err, error, io.env)}`)
  return 2
}

/** Also what a configuration that is refused says: so it is seen which value is empty. */
async function read(source: ConfigSource): Promise<{ readonly origins: readonly Origin[]; readonly error?: Error }> {
  try {
    return { origins: originsIn(await loadConfig(source)) }
  } catch (error) {
    const origins = error instanceof Error ? originsIn(error) : []
    if (origins.length === 0) throw error
    return { origins, error: error as Error }
  }
}

/** Each value with its origin: behind it where there is room for both, below it elsewhere. */
function textOf(origins: readonly Origin[], screen: Screen): string {
  const rows = origins.map((origin) => ({ key: origin.path, value: valueText(origin.value), from: fromText(origin) }))
  const width = (of: (row: typeof rows[number]) => string): number => Math.max(0, ...rows.map((row) => clean(of(row)) as string).map(({ length }) => length))
  const [keys, values] = [width(({ key }) => key), width(({ value }) => value)]
  const isWide = keys + values + width(({ from }) => from) + 4 <= screen.width()
  return rows.map(({ key, value, from }) => {
    const shown = clean(value) as string
    const head = `${key.padEnd(keys)}  ${isWide ? shown.padEnd(values) : shown}`
    return `${head}${isWide ? '  ' : `\n${' '.repeat(keys + 2)}`}${paint(screen, 'dim', from)}\n`
  }).join('')
}

function valueText(value: unknown): string {
  if (value === false) return 'none'
  if (value === '') return '(empty)'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `${value.length}: ${value.join(', ')}`
  return String(value)
}

function fromText({ from, variables }: Origin): string {
  const [name = ''] = variables
  switch (from) {
    case 'environment': return name
    case '.env': return `${name} in .env`
    case 'parts': return `${name} and its like`
    case 'fallback': return `config.ts; ${name} is not set`
    case 'default': return 'default'
    default: return variables.length === 0 ? 'config.ts' : `config.ts, with ${variables.join(', ')}`
  }
}
