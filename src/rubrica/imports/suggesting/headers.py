# ruff: noqa: ISC004 - a line of the table is a row, its words run over the line
"""Words that people and programs put over the columns of a contact file, in nine languages.

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
     "tel cellulare, telefonino, mobile, telefono mobile, numero mobile, tel cell, cel, num cell, "
     "n cell, nr cell, nr cellulare, cellulari, cellulare personale"),
    ("phoneNumber", MOBILE, "German", "Handy, Handynummer, Handy Nr, Mobil, Mobilnummer, Mobiltel, "
     "Mobiltelefon, Mobilfunk, Mobilfunknummer, Mobiltelefonnummer, Mobil Tel Nr, Mobilruf, Natel, "
     "Telefon mobil, Tel mobil, Rufnummer mobil"),
    ("phoneNumber", MOBILE, "French", "portable, téléphone portable, tél portable, numéro portable,"
     "téléphone mobile, tél mobile, numéro mobile, gsm, numéro de portable"),
    ("phoneNumber", MOBILE, "Spanish", "móvil, teléfono móvil, tel móvil, número móvil, celular, "
     "teléfono celular, número de celular, móviles, cel, tel cel, telf móvil, tlf móvil"),
    ("phoneNumber", MOBILE, "Portuguese", "telemóvel, telemovel, celular, telefone celular, "
     "número de telemóvel, nº telemóvel, número de celular, celular whatsapp, fone celular, "
     "telefone móvel"),
    ("phoneNumber", MOBILE, "Polish", "telefon komórkowy, komórka, numer komórki, tel kom, "
     "nr komórki, numer telefonu komórkowego"),
    ("phoneNumber", MOBILE, "Russian", "мобильный, мобильный телефон, сотовый, сотовый телефон, "
     "моб телефон"),
    ("phoneNumber", MOBILE, "Dutch", "mobiel, mobiele telefoon, mobiel nummer, mobiele nummer, "
     "gsm nummer, 06 nummer, mobiele telefoonnummer"),
    ("phoneNumber", PLAIN, "English", "phone, phone number, telephone, telephone number, tel, "
     "tel no, telno, phone no, primary phone, main phone, contact number, phone value, "
     "phones, default phone, international phone number"),
    ("phoneNumber", PLAIN, "Italian", "telefono, numero di telefono, numero telefono, tel, "
     "numero telefonico, recapito telefonico, recapito, recapiti, telefono principale, num tel, "
     "n tel, n telefono, nr tel, nr telefono, num telefono"),
    ("phoneNumber", PLAIN, "German", "Telefon, Telefonnummer, Telefonnr, Rufnummer, Tel Nr, "
     "Haupttelefon, Telefon Nr, Hauptrufnummer"),
    ("phoneNumber", PLAIN, "French", "téléphone, tél, numéro de téléphone, n° de téléphone, "
     "téléphone principal, numéro tél"),
    ("phoneNumber", PLAIN, "Spanish", "teléfono, tfno, tlf, teléf, número de teléfono, "
     "número telefónico, teléfono principal, teléfono de contacto, telf, teléfonos, nº teléfono"),
    ("phoneNumber", PLAIN, "Portuguese", "telefone, número de telefone, telefones, fone, telf, "
     "nº telefone, contacto telefónico, contato telefônico"),
    ("phoneNumber", PLAIN, "Dutch", "telefoon, telefoonnummer, telefoonnr, tel nummer"),
    ("phoneNumber", PLAIN, "Polish", "telefon, numer telefonu, nr telefonu, nr tel, "
     "telefon kontaktowy"),
    ("phoneNumber", PLAIN, "Russian", "телефон, номер телефона, контактный телефон, тел"),
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
    ("email", 0, "Portuguese", "endereço de email, endereço email, correio eletrónico, "
     "correio eletrônico, endereço eletrônico, endereço de correio eletrónico"),
    ("email", 0, "Dutch", "emailadres, mailadres, e-mailadres"),
    ("email", 0, "Polish", "adres email, adres mailowy, poczta elektroniczna, mejl"),
    ("email", 0, "Russian", "почта, электронная почта, эл почта, адрес электронной почты, имейл"),
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
    (NAME, 3, "Dutch", "naam, naam klant, klantnaam"),
    ("firstName", 0, "English",
     "first name, first, given name, forename, fname, firstnames, first names"),
    ("firstName", 0, "Italian", "nome di battesimo, primo nome"),
    ("firstName", 0, "German", "Vorname, Vornamen, Rufname"),
    ("firstName", 0, "French", "prénom, prénoms"),
    ("firstName", 0, "Spanish", "nombre de pila, primer nombre"),
    ("firstName", 0, "Portuguese", "primeiro nome, nome próprio, prenome"),
    ("firstName", 0, "Dutch", "voornaam, voornamen, roepnaam"),
    ("firstName", 0, "Polish", "imię, imiona"),
    ("firstName", 0, "Russian", "имя"),
    ("lastName", 0, "English", "last, last name, surname, family name, lname, lastnames"),
    ("lastName", 0, "Italian", "cognome, cognomi"),
    ("lastName", 0, "German", "Nachname, Nachnamen, Familienname, Zuname"),
    ("lastName", 0, "French", "nom de famille, patronyme"),
    ("lastName", 0, "Spanish", "apellido, apellidos, primer apellido"),
    ("lastName", 0, "Portuguese", "sobrenome, último nome, apelidos"),
    ("lastName", 0, "Dutch", "achternaam, familienaam"),
    ("lastName", 0, "Polish", "nazwisko"),
    ("lastName", 0, "Russian", "фамилия"),
    ("fullName", 0, "English", "full name, complete name, first and last name, "
     "name and surname, first name last name"),
    ("fullName", 0, "Italian", "nome completo, nome e cognome, cognome e nome, nominativo, "
     "nominativi, nominativo cliente, nominativo referente, nome referente, nome del referente, "
     "referente nome, intestatario"),
    ("fullName", 0, "German", "vollständiger Name, Vor- und Nachname, Name Vorname, "
     "Vorname Nachname, Vor- und Zuname"),
    ("fullName", 0, "French", "nom complet, nom et prénom, prénom et nom"),
    ("fullName", 0, "Spanish", "nombre completo, nombre y apellidos, nombre y apellido"),
    ("fullName", 0, "Portuguese", "nome completo, nome e sobrenome, nome e apelido"),
    ("fullName", 0, "Dutch", "volledige naam, voornaam achternaam, voor- en achternaam"),
    ("fullName", 0, "Polish", "imię i nazwisko, nazwisko i imię, pełne imię i nazwisko"),
    ("fullName", 0, "Russian", "фамилия имя, имя и фамилия, фамилия и имя, ФИО, полное имя, "
     "фамилия имя отчество"),
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
    ("gender", 0, "Polish", "płeć"),
    ("birthDate", 0, "English", "birthday, birth date, date of birth, dob, birthdate, bday, born"),
    ("birthDate", 0, "Italian", "data di nascita, data nascita, compleanno, nato il, nata il, "
     "nato a il, data nasc, data di nasc, nascita, dt nascita"),
    ("birthDate", 0, "German", "Geburtstag, Geburtsdatum, geb, Geb-Datum, geb am, geboren am, "
     "geboren, Geb-Tag, Geburtstagsdatum"),
    ("birthDate", 0, "French", "date de naissance, anniversaire, né le, née le, date naissance, "
     "date de naiss, date naiss, naissance, ddn"),
    ("birthDate", 0, "Spanish", "fecha de nacimiento, cumpleaños, fecha nacimiento, "
     "f nacimiento, fecha nac, fecha de nac, f nac, nacimiento, nacido el, fec nac, fnac"),
    ("birthDate", 0, "Portuguese", "data de nascimento, aniversário, data nascimento, "
     "data de nasc, dt nascimento, dt nasc, nascimento, nascido em"),
    ("birthDate", 0, "Dutch", "geboortedatum, verjaardag, geb datum, geboren op, geboortedag"),
    ("birthDate", 0, "Polish", "data urodzenia, urodziny, data ur"),
    ("birthDate", 0, "Russian", "дата рождения, день рождения"),
    ("company", 0, "English", "company, company name, organization, organisation, "
     "organization name, account name, business name, employer, associated company"),
    ("company", 0, "Italian", "società, azienda, ditta, impresa, ragione sociale, organizzazione, "
     "nome azienda, nome società, denominazione, denominazione sociale, rag sociale, rag soc, "
     "ente, nome ditta, nome impresa, insegna"),
    ("company", 0, "German", "Firma, Firmenname, Unternehmen, Organisation, Betrieb, "
     "Unternehmensname, Firmenbezeichnung, Name der Firma"),
    ("company", 0, "French", "société, entreprise, raison sociale, nom de la société, organisme, "
     "nom société, nom de l'entreprise, nom entreprise, dénomination sociale, dénomination, "
     "établissement, employeur"),
    ("company", 0, "Spanish", "empresa, compañía, razón social, organización, sociedad, "
     "nombre de la empresa, nombre empresa, nombre comercial, denominación social, entidad"),
    ("company", 0, "Portuguese", "organização, companhia, razão social, nome da empresa, "
     "nome empresa, nome fantasia, entidade"),
    ("company", 0, "Dutch", "bedrijf, bedrijfsnaam, organisatie, onderneming, firmanaam, "
     "naam bedrijf, werkgever"),
    ("company", 0, "Polish", "nazwa firmy, przedsiębiorstwo, organizacja, spółka"),
    ("company", 0, "Russian", "компания, организация, фирма, название компании"),
    ("language", 0, "English", "language, preferred language, locale, lang, language code"),
    ("language", 0, "Italian", "lingua, lingua preferita"),
    ("language", 0, "German", "Sprache, Korrespondenzsprache"),
    ("language", 0, "French", "langue"),
    ("language", 0, "Spanish", "idioma, lengua"),
    ("language", 0, "Portuguese", "língua"),
    ("language", 0, "Dutch", "taal, voorkeurstaal"),
    ("language", 0, "Polish", "język"),
    ("notes", 0, "English", "notes, note, comment, comments, remark, remarks, memo"),
    ("notes", 0, "Italian", "note, nota, annotazioni, osservazioni, commento, commenti"),
    ("notes", 0, "German", "Notiz, Notizen, Bemerkung, Bemerkungen, Anmerkung, Anmerkungen, "
     "Kommentar, Kommentare"),
    ("notes", 0, "French", "remarque, remarques, commentaire, commentaires, observations"),
    ("notes", 0, "Spanish", "nota, notas, observaciones, comentario, comentarios"),
    ("notes", 0, "Portuguese", "observações, observação, obs, anotações, comentários"),
    ("notes", 0, "Dutch", "notitie, notities, opmerking, opmerkingen"),
    ("notes", 0, "Polish", "uwagi, notatki, notatka, komentarz"),
    ("notes", 0, "Russian", "примечание, примечания, комментарий, заметки"),
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
    ("externalId", 1, "Portuguese", "código do cliente, número de cliente, id do cliente, "
     "identificador"),
    ("externalId", 1, "Dutch", "klantnummer, relatienummer, klant id, klantcode, lidnummer"),
    ("externalId", 1, "Polish", "id klienta, numer klienta, kod klienta"),
    ("tags", 0, "English", "tags, tag, label, labels, category, categories, group membership, "
     "group, groups"),
    ("tags", 0, "Italian", "etichetta, etichette, categoria, categorie, gruppo, gruppi"),
    ("tags", 0, "German", "Schlagwort, Schlagworte, Schlagwörter, Kategorie, Kategorien, Gruppe, "
     "Gruppen, Stichworte"),
    ("tags", 0, "French", "étiquette, étiquettes, catégorie, catégories, groupe, groupes"),
    ("tags", 0, "Spanish", "etiqueta, etiquetas, categoría, categorías, grupo, grupos"),
    ("tags", 0, "Portuguese", "marcador, marcadores"),
    ("tags", 0, "Dutch", "groep, groepen, categorie, categorieën, trefwoorden"),
    ("tags", 0, "Polish", "etykieta, etykiety, grupa, grupy, kategoria, kategorie, tagi"),
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
    ("fullName", 4, "English", "contact, customer, client, person, member, recipient, "
     "contact person, customers, clients, contacts, subscriber, attendee, participant, guest, "
     "patient, lead"),
    ("fullName", 4, "Italian", "contatto, cliente, persona, destinatario, iscritto, socio, "
     "referente, clienti, referenti, referente aziendale, persona di riferimento, paziente, "
     "ospite, partecipante, utente, abbonato, tesserato, anagrafica, persona di contatto"),
    ("fullName", 4, "German", "Kontakt, Kunde, Empfänger, Mitglied, Ansprechpartner, "
     "Ansprechperson, Kontaktperson, Kunden, Teilnehmer, Interessent, Gast, Patient"),
    ("fullName", 4, "French", "destinataire, adhérent, interlocuteur, bénéficiaire, clients, "
     "personne, personne de contact, abonné, membre, invité"),
    ("fullName", 4, "Spanish", "contacto, persona de contacto, interesado, titular, "
     "paciente, socio, huésped, participante"),
    ("fullName", 4, "Portuguese", "contato, pessoa de contato, pessoa de contacto, pessoa, "
     "sócio, assinante"),
    ("fullName", 4, "Dutch", "klant, contactpersoon, relatie, ontvanger, deelnemer, klanten, lid"),
    ("fullName", 4, "Polish", "klient, kontakt, osoba kontaktowa, odbiorca, osoba"),
    ("gender", 1, "English", "salutation"),
    ("gender", 1, "Italian", "appellativo"),
    ("gender", 1, "German", "Anrede"),
    ("gender", 1, "French", "civilité"),
    ("gender", 1, "Spanish", "tratamiento"),
    ("gender", 1, "Dutch", "aanhef"),
)  # fmt: skip
"""Words that can mean much else: they count only where the values bear them out."""
