import type { Ask } from './describe.ts'
import { codeOf } from './errors.ts'

/** Where the words are no type's name at all, servers differ in whether that is an error. */
const UNREADABLE = ['42601', '42704', '42602', '3F000', '22023']

/** Whether there is a type of this name, built in or somebody's own, where the session looks for them. */
export async function knowsType(ask: Ask, declared: string): Promise<boolean> {
  try {
    const [row] = await ask('SELECT to_regtype(?) IS NOT NULL AS known', [declared])
    return row?.['known'] === true
  } catch (error) {
    if (UNREADABLE.includes(codeOf(error))) return false
    throw error
  }
}
