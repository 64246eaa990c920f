import { scd1 } from 'starline'
import { disability_program as source } from '../sources/disability_program.ts'
import { disability_program as create } from '../creates/disability_program.ts'

/** One member is one programme that has notes taken for students with a disability. */
export const disability_program = scd1({
  source,
  create,
  key: 'disability_program_key',
  lookup: ['disability_program_id'],
})
