import { createHash } from 'node:crypto'
import type { Connection, Statement } from '../db/connection.ts'
import { valuesOf } from '../db/flow.ts'
import type { Flow, FurtherRange, RangeTerms, RangeWords } from '../db/flow.ts'
import type { Value } from '../db/value-type.ts'
import { ConfigurationError, DataError } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { spellingProblems } from '../sql/spelling.ts'
import type { Keys } from '../sql/spelling.ts'
import type { Ranges, SourceContext } from './source.ts'

const MOST = 16

const rangesKeys = { by: 'must', count: 'must', frozen: 'may' } as const satisfies Keys<keyof Ranges>

/** What is wrong with the ranges of a source, a sentence each. */
export function rangesProblems(ranges: Ranges | undefined, columns: readonly string[] | undefined): string[] {
  if (ranges === undefined) return []
  const { by, count, frozen } = ranges
  const spelling = spellingProblems(ranges, rangesKeys)
  if (spelling.length > 0) return spelling.map((problem) => `ranges: ${problem}`)
  const meant = columns === undefined ? undefined : didYouMean(by, columns)
  return [
    ...columns === undefined || columns.includes(by) ? [] : [`ranges: the source brings no column ${by}${meant === undefined ? `, but ${columns.join(', ')}` : `; did you mean ${meant}?`}`],
    ...([undefined, true] as readonly unknown[]).includes(frozen) ? [] : [`ranges: frozen is ${JSON.stringify(frozen)}, and it can only be true`],
    ...Number.isInteger(count) && count >= 2 && count <= MOST ? [] : [`ranges: count is ${count}, and it can be 2 to ${MOST}`],
  ]
}

/**
 * Reads one statement in ranges, each on a session of its own, which is had when somebody asks for that range; as one flow
 * where there is nothing to split, or where a few rows are looked at.
 *
 * @throws {ConfigurationError} where the sessions can't share one moment, and nobody says that the rows stand still
 */
export async function readRanges(statement: Statement, ranges: Ranges, first: Connection, connect: () => Promise<Connection>, context: SourceContext): Promise<Flow> {
  refuseManyMoments(first, ranges)
  if (context.limit !== undefined) return ofIntegers(await readFrom(first, statement, context), ranges)
  const moment = await first.shareMoment?.()
  const [own, ...more] = await splitIn(statement, ranges, first)
  if (own === undefined) return readFrom(first, statement, context)
  const others = more.map(({ condition, words }, i): FurtherRange => {
    const terms = { range: i + 1, condition, words, statement: digestOf(statement), ...moment !== undefined && { moment } }
    return { terms, open: async () => readRange(statement, terms, await connect(), context), leave: () => Promise.resolve() }
  })
  return { ...await readFrom(first, within(statement, own.condition), context), range: own.words, others }
}

/** Reads one range of a statement as of the moment that all of them are of. @throws {ConfigurationError} where they are ranges of another statement */
export async function readRange(statement: Statement, { condition, moment, words, statement: digest }: RangeTerms, session: Connection, context: SourceContext): Promise<Flow> {
  if (digestOf(statement) !== digest) throw new ConfigurationError('the range is one of another statement')
  if (moment !== undefined) await session.joinMoment?.(moment)
  return { ...await readFrom(session, within(statement, condition), context), range: words }
}

const digestOf = ({ sql, values = [] }: Statement): string => createHash('sha256').update(JSON.stringify([sql, values], asText)).digest('hex')
const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)

function refuseManyMoments(session: Connection, { frozen }: Ranges): void {
  if (session.shareMoment !== undefined || frozen === true) return
  throw new ConfigurationError('the rows can\'t be read in ranges', {
    why: 'each range is read over a session of its own, and here sessions can\'t share one moment: what changes meanwhile would come twice, or not at all',
    wayOut: 'say ranges: { …, frozen: true } where nobody changes these rows while they are read, or leave ranges out',
  })
}

/** A look at a few rows sees as much of the ranges as it can. */
function ofIntegers(flow: Flow, { by }: Ranges): Flow {
  const type = flow.columns.find(({ name }) => name === by)?.type
  if (type !== undefined && !['integer', 'decimal', 'null'].includes(type.kind)) throw noIntegers(by)
  return flow
}

/** Rows from a session in the form that was asked for. */
export const readFrom = (session: Connection, statement: Statement, context: SourceContext): Promise<Flow> =>
  context.takesBytes && session.streamBytes !== undefined ? session.streamBytes(statement, context) : session.stream(statement, context)

const within = ({ sql, values }: Statement, condition: string): Statement => ({ sql: `SELECT * FROM (\n${sql}\n) AS s\nWHERE ${condition}`, ...values !== undefined && { values } })

/** The ranges, none where there is nothing to split; a row without a value is in the first. @throws {DataError} where the column holds no integers */
async function splitIn({ sql, values }: Statement, { by, count }: Ranges, session: Connection): Promise<readonly { readonly condition: string; readonly words: RangeWords }[]> {
  const column = `s.${session.dialect.quote(by)}`
  const flow = await session.stream({ sql: `SELECT MIN(${column}) AS low, MAX(${column}) AS high FROM (\n${sql}\n) AS s`, ...values !== undefined && { values } })
  const ends: Value[] = []
  for await (const rows of valuesOf(flow)) for (const row of rows) ends.push(...row)
  // Digits in a text are in the order of texts, and no database compares them with numbers as another does.
  if (flow.columns.some(({ type }) => type.kind === 'text')) throw noIntegers(by)
  const [low, high] = ends.map((value) => integerOf(value, by))
  if (low === undefined || high === undefined || high - low < BigInt(count)) return []
  const width = (high - low) / BigInt(count) + 1n
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [low + width * BigInt(i), low + width * BigInt(i + 1)]
    const isLast = i === count - 1
    return {
      condition: i === 0 ? `(${column} < ${end} OR ${column} IS NULL)` : isLast ? `${column} >= ${start}` : `${column} >= ${start} AND ${column} < ${end}`,
      words: { by, values: `${start} to ${isLast ? high : end - 1n}` },
    }
  })
}

function integerOf(value: Value, by: string): bigint | undefined {
  if (value === null) return undefined
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value)) || (typeof value === 'string' && /^-?\d+$/.test(value))) return BigInt(value)
  throw noIntegers(by)
}

const noIntegers = (by: string): DataError =>
  new DataError(`the rows can't be read in ranges of ${by}`, { why: 'it holds no integers', wayOut: 'name an integer column in ranges: { by: … }' })
