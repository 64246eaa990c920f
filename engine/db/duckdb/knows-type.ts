import { DatabaseError } from '../../errors.ts'
import type { Ask } from './describe.ts'

/** Whether DuckDB knows a type: one of its own, of an extension that is loaded, or somebody's own. */
export async function knowsType(ask: Ask, declared: string): Promise<boolean> {
  try {
    await ask(`SELECT CAST(NULL AS ${declared})`)
    return true
  } catch (error) {
    if (error instanceof DatabaseError && /^(?:Catalog|Parser|Binder)$/.test(error.code ?? '')) return false
    throw error
  }
}
