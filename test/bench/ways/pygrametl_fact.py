"""A fact by pygrametl's bulk table, from MySQL to MySQL:

    pygrametl_fact.py host port user database-of-the-source database-of-the-target columns [dimension key-column lookup-column ...]

With dimensions, their keys are looked up in memory, and the key of the day is made of sold_at.
"""
import json
import os
import sys
import time

import MySQLdb
import MySQLdb.cursors
import pygrametl
from pygrametl.tables import BulkFactTable

host, port, user, source, target, columns = sys.argv[1:7]
lookups = [sys.argv[at:at + 3] for at in range(7, len(sys.argv), 3)]
columns = columns.split(',')
account = dict(host=host, port=int(port), user=user, passwd=os.environ.get('MYSQL_PWD', ''), charset='utf8mb4', local_infile=1)

begun = time.perf_counter()
reader = MySQLdb.connect(db=source, cursorclass=MySQLdb.cursors.SSDictCursor, **account)
warehouse = MySQLdb.connect(db=target, **account)
pygrametl.ConnectionWrapper(warehouse)


def load(name, attributes, fieldsep, rowsep, nullsubst, file):
    cursor = warehouse.cursor()
    cursor.execute("LOAD DATA LOCAL INFILE '%s' INTO TABLE %s CHARACTER SET utf8mb4 FIELDS TERMINATED BY 0x1f (%s)" % (file, name, ', '.join(attributes)))
    cursor.close()


def members(name, key, lookup):
    cursor = warehouse.cursor()
    cursor.execute('SELECT %s, %s FROM %s WHERE %s > 0' % (lookup, key, name, key))
    return dict(cursor.fetchall())


dimensions = [(key, lookup, members(name, key, lookup)) for name, key, lookup in lookups]
fact = BulkFactTable(
    name='sale', keyrefs=columns[:1], measures=columns[1:], bulkloader=load, fieldsep='\x1f', nullsubst='\\N', usefilename=True, encoding='utf-8')
rows = reader.cursor()
rows.execute('SELECT * FROM sale')
for row in rows:
    for key, lookup, known in dimensions:
        row[key] = known.get(row[lookup], -1)
    if dimensions:
        at = row['sold_at']
        row['date_key'] = at.year * 10000 + at.month * 100 + at.day
    fact.insert(row)
fact.endload()
warehouse.commit()
print(json.dumps({'seconds': time.perf_counter() - begun}))
