import { scd1 } from 'starline'
import { staff as source } from '../sources/staff.ts'
import { staff as create } from '../creates/staff.ts'

/** One member is one person who works in a shop. */
export const staff = scd1({ source, create, key: 'staff_key', lookup: ['staff_id'] })
