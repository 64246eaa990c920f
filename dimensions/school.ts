import { scd1 } from 'starline'
import { school as source } from '../sources/school.ts'
import { school as create } from '../creates/school.ts'

/** One member is one school; those outside the United States have no state. */
export const school = scd1({ source, create, key: 'school_key', lookup: ['school_id'] })
