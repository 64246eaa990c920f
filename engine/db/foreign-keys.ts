import type { ForeignKeyDefinition } from '../sql/create.ts'
import type { TableKeys } from './connection.ts'

/** One column of one key, as catalogues list them: in the key's order; with `referenced` it is a foreign key's. */
export interface KeyPart {
  readonly name: string
  readonly part: string
  readonly referenced?: string
  readonly reference?: string
}

/** A table's keys, put together from the rows of a catalogue. */
export function keysIn(parts: readonly KeyPart[]): TableKeys {
  return {
    primaryKey: parts.filter(({ referenced }) => referenced === undefined).map(({ part }) => part),
    foreignKeys: [...foreignKeys(parts).values()],
  }
}

function foreignKeys(parts: readonly KeyPart[]): Map<string, ForeignKeyDefinition> {
  const found = new Map<string, ForeignKeyDefinition>()
  for (const { name, part, referenced, reference = '' } of parts) {
    if (referenced === undefined) continue
    const known = found.get(name)
    found.set(name, { columns: [...known?.columns ?? [], part], table: referenced, references: [...known?.references ?? [], reference] })
  }
  return found
}
