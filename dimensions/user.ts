import { scd2 } from 'starline'
import { user as source } from '../sources/user.ts'
import { user as create } from '../creates/user.ts'

/**
 * One member is one version of a student, who buys, sells and uploads.
 * A new school or standing opens a new version; a new name or e-mail address is only a correction.
 */
export const user = scd2({
  source,
  create,
  key: 'user_key',
  lookup: ['user_id'],
  history: ['school_id', 'standing'],
})
