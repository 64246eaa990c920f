import { fileURLToPath } from 'node:url'
import type { Connection, Statement } from '../db/connection.ts'
import { openCsv } from '../db/open.ts'
import type { Source, SourceContext } from './source.ts'

/**
 * Declares the rows of a dimension or fact by one CSV file: RFC 4180, UTF-8, a header line, comma-separated.
 *
 * Values are text until they reach the table, where they are parsed strictly to its types. An unquoted empty field is
 * NULL, `""` is the empty text. A ragged row is refused with its line. A path is relative to the working folder.
 *
 * @example
 * const disability_program = csv('sources/disability_program.csv', ['disability_program_id', 'name'])
 */
export function csv<const C extends readonly string[]>(path: string | URL, columns: C): Source<C[number], Record<C[number], string | null>> {
  const file = path instanceof URL ? fileURLToPath(path) : path
  // Whoever asks where the rows are, and reads them then, looks through the file once.
  const sessions = new WeakMap<SourceContext, Promise<Connection>>()
  const sessionFor = (context: SourceContext): Promise<Connection> => {
    const session = sessions.get(context) ?? opened(file, context)
    sessions.set(context, session)
    return session
  }
  const statementFor = ({ dialect }: Connection): Statement => ({ sql: `SELECT ${columns.map((name) => dialect.quote(name)).join(', ')} FROM file` })
  return Object.freeze({
    from: undefined,
    standsAlone: true,
    text: file,
    columns,
    async read(context: SourceContext) {
      const session = await sessionFor(context)
      return session.stream(statementFor(session), context)
    },
    async relate(context: SourceContext, warehouse: Connection) {
      const session = await sessionFor(context)
      return session.relate?.(statementFor(session), warehouse)
    },
  })
}

async function opened(file: string, context: SourceContext): Promise<Connection> {
  const database = await openCsv(file)
  context.onClose(() => database.close())
  const session = await database.connect()
  context.onClose(() => session.close())
  return session
}
