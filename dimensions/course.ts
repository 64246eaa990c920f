import { scd1 } from 'starline'
import { course as source } from '../sources/course.ts'
import { course as create } from '../creates/course.ts'

/** One member is one course in the catalogue of one school. */
export const course = scd1({ source, create, key: 'course_key', lookup: ['course_id'] })
