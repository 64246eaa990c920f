import { csv } from 'starline'

// The programme offices send this list by e-mail: no database has it.
export const disability_program = csv('sources/disability_program.csv', ['disability_program_id', 'name'])
