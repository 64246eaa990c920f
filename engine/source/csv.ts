import { fileURLToPath } from 'node:url'
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
  return Object.freeze({
    from: undefined,
    standsAlone: true,
    text: file,
    columns,
    async read(context: SourceContext) {
      const database = await openCsv(file)
      context.onClose(() => database.close())
      const session = await database.connect()
      context.onClose(() => session.close())
      const names = columns.map((name) => session.dialect.quote(name)).join(', ')
      return session.stream({ sql: `SELECT ${names} FROM file` }, context)
    },
  })
}
