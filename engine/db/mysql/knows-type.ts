import { numberOf } from './errors.ts'
import { literal } from './text.ts'

type Ask = <R>(sql: string) => Promise<R[]>

/** What the server says of a statement that it can't read; MariaDB of a type alone. */
const UNREADABLE = [1064, 4161]

/** Whether the server reads a type: it is let read a statement, which is never run. Whatever else it has against that says nothing of the type. */
export async function knowsType(query: Ask, declared: string): Promise<boolean> {
  try {
    await query(`PREPARE starline_type FROM ${literal(`CREATE TABLE starline_type (c ${declared})`)}`)
  } catch (error) {
    if (UNREADABLE.includes(numberOf(error))) return false
    if (numberOf(error) > 0) return true
    throw error
  }
  await query('DEALLOCATE PREPARE starline_type')
  return true
}
