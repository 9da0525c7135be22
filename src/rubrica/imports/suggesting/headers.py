# ruff: noqa: ISC004 - a line of the table is a row, its words run over the line
"""Words that people and programs put over the columns of a contact file, in seven languages.

Each line of a table: the field, how well the column serves for it (0 is best), the language, the
words. They are compared folded (`words.fold`): case, accents, signs and spaces do not matter.
"""

from collections.abc import Mapping

NAME = "name"
"""No field: a bare “Name” is the first, the last or the full name, as its neighbours tell."""

OWN = (
    "externalId", "phoneNumber", "email", "firstName", "lastName", "fullName", "gender",
    "birthDate", "company", "language", "notes", "tags", "lists", "isTest", "isValid",
    "communicationSupported",
)  # fmt: skip
"""The fields of a contact that an import may write."""

READ_ONLY: Mapping[str, str] = {
    "id": "is given by the contact book; map it to externalId if it is another system's id",
    "countryCode": "follows from the phone number",
    "phoneType": "follows from the phone number",
    "createdAt": "is kept by the contact book",
    "updatedAt": "is kept by the contact book",
}

MOBILE, PLAIN, HOME, OTHER, WORK = range(5)
"""How surely a number is the person's own and takes messages."""

TABLE = (
    ("phoneNumber", MOBILE, "English", "mobile, mobile phone, mobile number, mobile phone number, "
     "cell, cell phone, cell number, cellphone, cellular, msisdn, sms, sms number, sms phone, "
     "whatsapp, whatsapp number, whatsapp phone number, whatsapp phone, text number"),
    ("phoneNumber", MOBILE, "Italian", "cellulare, numero cellulare, telefono cellulare, cell, "
     "tel cellulare, telefonino, mobile, telefono mobile, numero mobile, tel cell, cel"),
    ("phoneNumber", MOBILE, "German", "Handy, Handynummer, Handy Nr, Mobil, Mobilnummer, Mobiltel, "
     "Mobiltelefon, Mobilfunk, Mobilfunknummer, Mobiltelefonnummer, Mobil Tel Nr, Mobilruf, Natel, "
     "Telefon mobil, Tel mobil, Rufnummer mobil"),
    ("phoneNumber", MOBILE, "French", "portable, téléphone portable, tél portable, numéro portable,"
     "téléphone mobile, tél mobile, numéro mobile, gsm, numéro de portable"),
    ("phoneNumber", MOBILE, "Spanish", "móvil, teléfono móvil, tel móvil, número móvil, celular, "
     "teléfono celular, número de celular, móviles"),
    ("phoneNumber", MOBILE, "Portuguese", "telemóvel, telemovel, celular, telefone celular"),
    ("phoneNumber", MOBILE, "Dutch", "mobiel, mobiele telefoon, mobiel nummer, mobiele nummer, "
     "06 nummer, mobiele telefoonnummer"),
    ("phoneNumber", PLAIN, "English", "phone, phone number, telephone, telephone number, tel, "
     "tel no, telno, phone no, primary phone, main phone, contact number, phone value, "
     "phones, default phone, international phone number"),
    ("phoneNumber", PLAIN, "Italian", "telefono, numero di telefono, numero telefono, tel, "
     "numero telefonico, recapito telefonico, recapito, telefono principale"),
    ("phoneNumber", PLAIN, "German", "Telefon, Telefonnummer, Telefonnr, Rufnummer, Tel Nr, "
     "Haupttelefon, Telefon Nr, Hauptrufnummer"),
    ("phoneNumber", PLAIN, "French", "téléphone, tél, numéro de téléphone, n° de téléphone, "
     "téléphone principal, numéro tél"),
    ("phoneNumber", PLAIN, "Spanish", "teléfono, tfno, tlf, teléf, número de teléfono, "
     "número telefónico, teléfono principal, teléfono de contacto"),
    ("phoneNumber", PLAIN, "Portuguese", "telefone, número de telefone"),
    ("phoneNumber", PLAIN, "Dutch", "telefoon, telefoonnummer"),
    ("phoneNumber", HOME, "English", "home phone, home phone number, home number, landline, "
     "home telephone, private phone, landline number"),
    ("phoneNumber", HOME, "Italian", "telefono casa, telefono abitazione, telefono fisso, "
     "telefono ab, numero fisso, tel casa, tel fisso, tel abitazione"),
    ("phoneNumber", HOME, "German", "Telefon privat, Tel privat, Festnetz, Festnetznummer, "
     "Privattelefon, Telefon Festnetz"),
    ("phoneNumber", HOME, "French", "téléphone domicile, téléphone personnel, tél domicile, "
     "téléphone fixe, tél fixe, fixe, tél personnel"),
    ("phoneNumber", HOME, "Spanish", "teléfono particular, teléfono casa, teléfono fijo, "
     "teléfono de casa"),
    ("phoneNumber", HOME, "Dutch", "telefoon thuis, telefoon privé, vaste telefoon"),
    ("phoneNumber", OTHER, "English", "other phone, alternative phone, alternate phone, car phone, "
     "other phone number, secondary phone, radio phone"),
    ("phoneNumber", OTHER, "Italian", "altro telefono, telefono auto, radiotelefono, "
     "telefono secondario"),
    ("phoneNumber", OTHER, "German", "Weiteres Telefon, Autotelefon, Telefon Auto, "
     "Telefon andere"),
    ("phoneNumber", OTHER, "French", "autre téléphone, téléphone voiture, téléphone autre"),
    ("phoneNumber", OTHER, "Spanish", "otro teléfono, teléfono del automóvil"),
    ("phoneNumber", WORK, "English", "work phone, business phone, office phone, "
     "work phone number, work telephone, office number, business phone number"),
    ("phoneNumber", WORK, "Italian", "telefono lavoro, telefono ufficio, telefono uff, "
     "tel ufficio, tel lavoro"),
    ("phoneNumber", WORK, "German", "Telefon geschäftlich, Telefon geschaeftlich, Tel dienstlich, "
     "Telefon dienstlich, Telefon Büro, Diensttelefon, Telefon Arbeit"),
    ("phoneNumber", WORK, "French", "téléphone bureau, téléphone professionnel, tél bureau, "
     "tél professionnel, téléphone travail"),
    ("phoneNumber", WORK, "Spanish", "teléfono del trabajo, teléfono trabajo, teléfono oficina"),
    ("phoneNumber", WORK, "Dutch", "telefoon werk, zakelijke telefoon"),

    ("email", 0, "English", "email, mail, email address, primary email, mail address, "
     "email primary, emails, email value, primary email address, user email"),
    ("email", 0, "Italian", "posta elettronica, indirizzo email, indirizzo mail, email primaria, "
     "indirizzo posta elettronica, indirizzo di posta elettronica, email principale"),
    ("email", 0, "German", "Mailadresse, E-Mail-Adresse, Emailadresse, primäre E-Mail-Adresse, "
     "E-Mail primär"),
    ("email", 0, "French", "courriel, adresse email, adresse mail, mél, adresse électronique, "
     "adresse de messagerie, adresse courriel, adresse électronique principale, email principal"),
    ("email", 0, "Spanish", "correo, correo electrónico, dirección de correo electrónico, "
     "dirección de correo, email principal, dirección email"),
    ("email", 0, "Portuguese", "endereço de email, endereço email"),
    ("email", 0, "Dutch", "emailadres, mailadres, e-mailadres"),
    ("email", 1, "English", "home email, personal email, private email"),
    ("email", 1, "Italian", "email personale, email privata"),
    ("email", 1, "German", "E-Mail privat"),
    ("email", 2, "English", "work email, business email, office email, other email, "
     "secondary email, alternate email, alternative email"),
    ("email", 2, "Italian", "email secondaria, email lavoro, email ufficio, altra email"),
    ("email", 2, "German", "sekundäre E-Mail-Adresse, E-Mail geschäftlich, E-Mail dienstlich"),
    ("email", 2, "French", "adresse électronique secondaire, email professionnel, email pro"),

    (NAME, 3, "English", "name, names"),
    (NAME, 3, "Italian", "nome, nomi"),
    (NAME, 3, "French", "nom"),
    (NAME, 3, "Spanish", "nombre, nombres"),
    (NAME, 3, "Dutch", "naam"),
    ("firstName", 0, "English",
     "first name, first, given name, forename, fname, firstnames, first names"),
    ("firstName", 0, "Italian", "nome di battesimo, primo nome"),
    ("firstName", 0, "German", "Vorname, Vornamen, Rufname"),
    ("firstName", 0, "French", "prénom, prénoms"),
    ("firstName", 0, "Spanish", "nombre de pila, primer nombre"),
    ("firstName", 0, "Portuguese", "primeiro nome, nome próprio"),
    ("firstName", 0, "Dutch", "voornaam, roepnaam"),
    ("lastName", 0, "English", "last, last name, surname, family name, lname, lastnames"),
    ("lastName", 0, "Italian", "cognome, cognomi"),
    ("lastName", 0, "German", "Nachname, Nachnamen, Familienname, Zuname"),
    ("lastName", 0, "French", "nom de famille, patronyme"),
    ("lastName", 0, "Spanish", "apellido, apellidos, primer apellido"),
    ("lastName", 0, "Portuguese", "sobrenome, último nome, apelidos"),
    ("lastName", 0, "Dutch", "achternaam, familienaam"),
    ("fullName", 0, "English", "full name, complete name, first and last name, "
     "name and surname, first name last name"),
    ("fullName", 0, "Italian", "nome completo, nome e cognome, cognome e nome, nominativo"),
    ("fullName", 0, "German", "vollständiger Name, Vor- und Nachname, Name Vorname, "
     "Vorname Nachname, Vor- und Zuname"),
    ("fullName", 0, "French", "nom complet, nom et prénom, prénom et nom"),
    ("fullName", 0, "Spanish", "nombre completo, nombre y apellidos, nombre y apellido"),
    ("fullName", 0, "Dutch", "volledige naam"),
    ("fullName", 1, "English", "display name"),
    ("fullName", 1, "Italian", "nome visualizzato"),
    ("fullName", 1, "German", "Anzeigename"),
    ("fullName", 1, "French", "nom affiché, nom à afficher, nom d'affichage"),
    ("fullName", 1, "Spanish", "nombre para mostrar, nombre mostrado"),

    ("gender", 0, "English", "gender, sex, m/f, f/m"),
    ("gender", 0, "Italian", "genere, sesso"),
    ("gender", 0, "German", "Geschlecht, m/w, w/m, m/w/d"),
    ("gender", 0, "French", "sexe, genre, h/f, f/h"),
    ("gender", 0, "Spanish", "sexo, género"),
    ("gender", 0, "Portuguese", "gênero"),
    ("gender", 0, "Dutch", "geslacht"),
    ("birthDate", 0, "English", "birthday, birth date, date of birth, dob, birthdate, bday, born"),
    ("birthDate", 0, "Italian", "data di nascita, data nascita, compleanno, nato il"),
    ("birthDate", 0, "German", "Geburtstag, Geburtsdatum, geb, Geb-Datum, geb am, geboren am"),
    ("birthDate", 0, "French", "date de naissance, anniversaire, né le, date naissance"),
    ("birthDate", 0, "Spanish", "fecha de nacimiento, cumpleaños, fecha nacimiento, f nacimiento"),
    ("birthDate", 0, "Portuguese", "data de nascimento, aniversário"),
    ("birthDate", 0, "Dutch", "geboortedatum, verjaardag"),
    ("company", 0, "English", "company, company name, organization, organisation, "
     "organization name, account name, business name, employer, associated company"),
    ("company", 0, "Italian", "società, azienda, ditta, impresa, ragione sociale, organizzazione, "
     "nome azienda, nome società"),
    ("company", 0, "German", "Firma, Firmenname, Unternehmen, Organisation, Betrieb"),
    ("company", 0, "French", "société, entreprise, raison sociale, nom de la société, organisme"),
    ("company", 0, "Spanish", "empresa, compañía, razón social, organización, sociedad"),
    ("company", 0, "Portuguese", "organização, companhia"),
    ("company", 0, "Dutch", "bedrijf, bedrijfsnaam, organisatie"),
    ("language", 0, "English", "language, preferred language, locale, lang, language code"),
    ("language", 0, "Italian", "lingua, lingua preferita"),
    ("language", 0, "German", "Sprache, Korrespondenzsprache"),
    ("language", 0, "French", "langue"),
    ("language", 0, "Spanish", "idioma, lengua"),
    ("language", 0, "Dutch", "taal"),
    ("notes", 0, "English", "notes, note, comment, comments, remark, remarks, memo"),
    ("notes", 0, "Italian", "note, nota, annotazioni, osservazioni, commento, commenti"),
    ("notes", 0, "German", "Notiz, Notizen, Bemerkung, Bemerkungen, Anmerkung, Anmerkungen, "
     "Kommentar, Kommentare"),
    ("notes", 0, "French", "remarque, remarques, commentaire, commentaires, observations"),
    ("notes", 0, "Spanish", "nota, notas, observaciones, comentario, comentarios"),
    ("notes", 0, "Portuguese", "observações"),
    ("notes", 0, "Dutch", "notitie, notities, opmerking, opmerkingen"),
    ("externalId", 0, "English", "external id, ext id, record id, record id contact, external key"),
    ("externalId", 0, "Italian", "id esterno"),
    ("externalId", 0, "German", "externe ID"),
    ("externalId", 0, "French", "identifiant externe"),
    ("externalId", 0, "Spanish", "id externo"),
    ("externalId", 1, "English", "identifier, contact id, customer id, client id, member id, "
     "subscriber id, customer number, user id, uuid, guid, customer code"),
    ("externalId", 1, "Italian", "identificativo, codice cliente, id cliente, numero cliente, "
     "codice contatto, id contatto"),
    ("externalId", 1, "German", "Kundennummer, Kunden-Nr, Kunden-ID, Kontakt-ID, Mitgliedsnummer"),
    ("externalId", 1, "French", "identifiant, numéro client, n° client, code client, id client"),
    ("externalId", 1, "Spanish", "identificador, código cliente, código de cliente, "
     "número de cliente"),
    ("externalId", 1, "Dutch", "klantnummer, relatienummer"),
    ("tags", 0, "English", "tags, tag, label, labels, category, categories, group membership, "
     "group, groups"),
    ("tags", 0, "Italian", "etichetta, etichette, categoria, categorie, gruppo, gruppi"),
    ("tags", 0, "German", "Schlagwort, Schlagworte, Schlagwörter, Kategorie, Kategorien, Gruppe, "
     "Gruppen, Stichworte"),
    ("tags", 0, "French", "étiquette, étiquettes, catégorie, catégories, groupe, groupes"),
    ("tags", 0, "Spanish", "etiqueta, etiquetas, categoría, categorías, grupo, grupos"),
    ("lists", 0, "English", "lists, list, list name, mailing list, contact lists, contact list"),
    ("lists", 0, "Italian", "lista, liste, nome lista, liste di contatti"),
    ("lists", 0, "German", "Liste, Listen, Verteiler, Verteilerliste"),
    ("lists", 0, "French", "listes, liste de diffusion"),
    ("lists", 0, "Spanish", "listas, lista de contactos"),
    ("isTest", 0, "English", "is test, test contact"),
    ("isTest", 0, "Italian", "contatto di test, contatto di prova"),
    ("communicationSupported", 0, "English", "communication supported, channels, "
     "supported channels"),
)  # fmt: skip

WEAK = (
    ("phoneNumber", PLAIN, "English", "number, contact details, contact no"),
    ("phoneNumber", PLAIN, "Italian", "numero, numeri, contatti"),
    ("phoneNumber", PLAIN, "German", "Nummer"),
    ("phoneNumber", PLAIN, "French", "numéro"),
    ("fullName", 2, "English", "contact, customer, client, person, member, recipient"),
    ("fullName", 2, "Italian", "contatto, cliente, persona, destinatario, iscritto, socio"),
    ("fullName", 2, "German", "Kontakt, Kunde, Empfänger, Mitglied, Ansprechpartner"),
    ("fullName", 2, "French", "destinataire, adhérent"),
    ("fullName", 2, "Spanish", "contacto"),
    ("gender", 1, "English", "salutation"),
    ("gender", 1, "Italian", "appellativo"),
    ("gender", 1, "German", "Anrede"),
    ("gender", 1, "French", "civilité"),
    ("gender", 1, "Spanish", "tratamiento"),
    ("gender", 1, "Dutch", "aanhef"),
)  # fmt: skip
"""Words that can mean much else: they count only where the values bear them out."""
