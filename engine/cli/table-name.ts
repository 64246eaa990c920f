import type { Entry } from '../etl/registry.ts'

/** The table of an ETL, for who looks at all of them; '' for a create that can't be read, or has no text for this database: `validate` says why. */
export function tableNameOf({ etl }: Pick<Entry, 'etl'>, dialect?: string): string {
  try {
    return etl.create.definition(dialect).table
  } catch {
    return ''
  }
}
