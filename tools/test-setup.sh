#!/bin/bash -e
# SPDX-License-Identifier: Apache-2.0
#
# Make the user and the database "openstack_citest" that the tests use, in the
# MariaDB (or MySQL) and the PostgreSQL of this machine.  Running the script
# again is harmless.  DB_ROOT_PW is the password of MariaDB's root, by default
# empty: a new MariaDB authenticates root by the user of the socket.

DB=openstack_citest

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

mysql=$(command -v mariadb || command -v mysql)
as_root "$mysql" -u root ${DB_ROOT_PW:+-p"$DB_ROOT_PW"} -h localhost <<SQL
CREATE DATABASE IF NOT EXISTS $DB;
CREATE USER IF NOT EXISTS '$DB'@'localhost' IDENTIFIED BY '$DB';
CREATE USER IF NOT EXISTS '$DB'@'%' IDENTIFIED BY '$DB';
GRANT ALL PRIVILEGES ON *.* TO '$DB'@'localhost';
GRANT ALL PRIVILEGES ON *.* TO '$DB'@'%';
SQL

# A directory that postgres may access, since psql would print a warning.
cd /
as_root su postgres -c 'psql -v ON_ERROR_STOP=1 -qAtX -d postgres' <<SQL
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', '$DB', '$DB')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$DB') \gexec
ALTER ROLE $DB LOGIN CREATEDB PASSWORD '$DB';
SELECT 'CREATE DATABASE $DB OWNER $DB'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$DB') \gexec
SQL
