import { tokenize } from '../../sql/tokens.ts'
import type { Token } from '../../sql/tokens.ts'
import { asObjects } from './columns.ts'
import { literal } from './text.ts'
import type { Wire } from './wire.ts'

/** What gives each user or each session something else, or something else each time that it is asked: a merged query may ask twice. */
const CALLS = new Set([
  'USER', 'SESSION_USER', 'SYSTEM_USER', 'CONNECTION_ID', 'LAST_INSERT_ID', 'FOUND_ROWS', 'ROW_COUNT', 'GET_LOCK', 'RELEASE_LOCK', 'RELEASE_ALL_LOCKS',
  'IS_FREE_LOCK', 'IS_USED_LOCK', 'RAND', 'UUID', 'UUID_SHORT', 'SYS_GUID', 'RANDOM_BYTES', 'SYSDATE', 'NEXTVAL', 'LASTVAL', 'SETVAL',
])
const WORDS = new Set(['CURRENT_USER', 'CURRENT_ROLE'])

/** Half of a surrogate pair is a character to them, which a copy turns into bytes that are none. */
const HALVES = ['ucs2', 'utf16', 'utf16le', 'utf32']

type Asking = Pick<Wire, 'run'>

/**
 * Why a query may bring another session than the source's other rows, or values that only a reader sees for what they are;
 * undefined where neither its own text nor that of a view in it says so. A stored function may ask who calls it, whatever
 * it says of itself: the server holds it to nothing of that.
 */
export async function whyOwn(sql: string, database: string, session: Asking): Promise<string | undefined> {
  const ask = async (text: string): Promise<Record<string, string | null>[]> => {
    const { fields, rows } = await session.run(text)
    return asObjects(fields ?? [], rows) as Record<string, string | null>[]
  }
  const texts = [sql]
  const looked = new Set<string>()
  for (const text of texts) {
    const { tokens } = tokenize(text, 'mysql')
    const own = tokens.find((token, i) => isOwn(token, tokens[i + 1]))
    if (own !== undefined) return `${own.text === '@' ? 'a variable' : own.text} may be something else to each session`
    // A name of several parts is none of the server's own; of a package's functions the server lists the package alone.
    // In the text of a view the server writes whose function it is; the loader may lack the right to know of it.
    const named = tokens.find((token, i) => tokens[i + 1]?.text === '(' && (tokens[i - 1]?.text === '.' || (text !== sql && token.kind === 'quoted')))
    if (named !== undefined) return storedFunction(named.value)
    const called = tokens.filter(({ kind }, i) => (kind === 'word' || kind === 'quoted') && tokens[i + 1]?.text === '(').map(({ value }) => value)
    const [stored] = text !== sql || called.length === 0 ? [] : await ask(`SELECT routine_name AS name FROM information_schema.routines WHERE routine_type = 'FUNCTION' AND routine_schema IN (${list([database, ...namesIn(tokens)])}) AND routine_name IN (${list(called)}) LIMIT 1`)
    if (stored !== undefined) return storedFunction(stored['name'] ?? '')
    const names = namesIn(tokens).filter((name) => !looked.has(name))
    for (const name of names) looked.add(name)
    if (names.length === 0) continue
    const tables = `table_schema IN (${list([database, ...names])}) AND table_name IN (${list(names)})`
    const [column] = await ask(`SELECT table_name AS name, column_name AS part FROM information_schema.columns WHERE ${tables} AND character_set_name IN (${list(HALVES)}) LIMIT 1`)
    if (column !== undefined) return `column ${column['part']} of ${column['name']} may hold half a character`
    for (const view of await ask(`SELECT table_name AS name, view_definition AS text FROM information_schema.views WHERE ${tables}`)) {
      const { name, text: definition } = view
      if (definition === null || definition === undefined || definition === '') return `the text of view ${name} may not be seen by the warehouse's user (GRANT SHOW VIEW shows it)`
      texts.push(definition)
    }
  }
  return undefined
}

const storedFunction = (name: string): string => `it calls the stored function ${name}, which may be something else to each user`

function isOwn({ kind, text }: Token, next: Token | undefined): boolean {
  if (text.startsWith('@')) return true
  if (kind !== 'word') return false
  const word = text.toUpperCase()
  return WORDS.has(word) || (CALLS.has(word) && next?.text === '(') || (['NEXT', 'PREVIOUS'].includes(word) && next?.text.toUpperCase() === 'VALUE') || HALVES.includes(word.toLowerCase())
}

/** Whatever may be the name of a table or of a database. */
const namesIn = (tokens: readonly Token[]): readonly string[] =>
  [...new Set(tokens.filter(({ kind }) => kind === 'word' || kind === 'quoted').map(({ value }) => value))]

const list = (names: readonly string[]): string => names.map(literal).join(', ')
