"""The names that files give to a contact's fields: of everyday spreadsheets in English, German,
Italian, Portuguese and Spanish, and of Google Contacts, Outlook, HubSpot and Perfex.

Each is in lower case and without accents and punctuation, as ``columns.plain_header`` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Of the names of a field the likeliest first: where two columns fit, the earlier name wins.
ALIASES: Mapping[str, Sequence[str]] = {
    "customer": (
        "customer", "customer name", "company", "company name", "organization name",
        "organization 1 name", "organization", "organisation", "associated company",
        "associated company primary", "primary company", "account name", "account", "cliente",
        "empresa", "nome da empresa", "companhia", "organizacao", "nombre de la empresa",
        "compania", "sociedad", "organizacion", "azienda", "nome azienda", "societa",
        "ragione sociale", "organizzazione", "firma", "firmenname", "unternehmen", "kunde",
    ),
    "customer_key": (
        "company id", "customer id", "id do cliente", "id del cliente", "id cliente",
        "kundennummer", "kunden id",
    ),
    "firstname": (
        "firstname", "first name", "first", "given name", "forename", "nome", "primeiro nome",
        "nome proprio", "nombre", "nombres", "primer nombre", "nombre de pila", "nome di battesimo",
        "vorname",
    ),
    "lastname": (
        "lastname", "last name", "last", "family name", "surname", "sobrenome", "apelido",
        "ultimo nome", "apellido", "apellidos", "primer apellido", "cognome", "nachname",
        "familienname", "zuname",
    ),
    "fullname": (
        "first and last name in one", "full name", "fullname", "name", "display name", "contact",
        "contact name", "nome completo", "contato", "contacto", "nome e sobrenome",
        "nombre completo", "nombre y apellidos", "nombre y apellido", "nome e cognome", "contatto",
        "nominativo", "vollstandiger name", "vor und nachname", "ansprechpartner",
    ),
    "middle_name": (
        "middle name", "middlename", "additional name", "nome do meio", "segundo nome",
        "segundo nombre", "secondo nome", "zweiter vorname", "weitere vornamen",
    ),
    "position": (
        "position", "job title", "title", "organization title", "organization 1 title", "role",
        "cargo", "funcao", "posicao", "puesto", "puesto de trabajo", "posicion", "ruolo",
        "posizione", "qualifica", "mansione", "berufsbezeichnung", "stelle", "funktion",
    ),
    "email": (
        "email", "e mail", "email address", "e mail address", "e mail 1 value", "mail",
        "email 1", "primary email", "work email", "endereco de email", "endereco de e mail",
        "correio eletronico", "correo", "correo electronico", "direccion de correo electronico",
        "indirizzo e mail", "indirizzo email", "posta elettronica", "e mail adresse",
        "email adresse", "mailadresse",
    ),
    "email2": (
        "email 2", "e mail 2", "e mail 2 address", "e mail 2 value", "secondary email",
        "additional email addresses", "endereco de email 2", "endereco de e mail 2",
        "correo electronico 2", "correo 2", "e mail adresse 2", "e mail 2 adresse",
    ),
    "phone": (
        "contact phonenumber", "work phone", "business phone", "phone", "phone number",
        "phonenumber", "telephone", "phone 1 value", "primary phone", "telefone",
        "telefone comercial", "telefone de trabalho", "telefone do trabalho", "fone", "telefono",
        "telefono del trabajo", "telefono de trabajo", "telefono lavoro", "telefono ufficio",
        "telefon", "telefonnummer", "telefon geschaftlich", "telefon firma", "rufnummer",
    ),
    "mobile_phone": (
        "mobile phone", "mobile phone number", "mobile", "cell", "cell phone", "mobile number",
        "phone 2 value", "celular", "telemovel", "telefone celular", "telefone movel",
        "movil", "telefono movil", "telefono celular", "cellulare", "telefono cellulare",
        "mobiltelefon", "mobil", "mobilnummer", "handy", "handynummer",
    ),
    "mobile_phone2": (
        "mobile phone 2", "mobile 2", "phone 3 value", "celular 2", "telemovel 2", "movil 2",
        "telefono movil 2", "cellulare 2", "mobiltelefon 2", "handy 2",
    ),
    "other_contacts": (
        "other contacts", "other phone", "home phone", "home phone 2", "e mail 3 address",
        "outras formas de contato", "outras formas de contacto", "outros contatos",
        "outros contactos", "telefone residencial", "telefone de casa", "otros contactos",
        "telefono de casa", "telefono particular", "altri contatti", "telefono casa",
        "weitere kontaktdaten", "telefon privat",
    ),
    "birthday": (
        "birthday", "date of birth", "birth date", "birthdate", "aniversario",
        "data de nascimento", "nascimento", "cumpleanos", "fecha de nacimiento", "compleanno",
        "data di nascita", "geburtstag", "geburtsdatum",
    ),
    "language": ("language", "preferred language", "idioma", "lingua", "language code", "sprache"),
    "timezone": (
        "timezone", "time zone", "fuso horario", "zona horaria", "huso horario", "fuso orario",
        "zeitzone",
    ),
    "contact_preference": (
        "contact preferences", "contact preference", "preferencia de contato",
        "preferencias de contato", "preferencia de contacto", "preferencias de contacto",
        "preferenze di contatto", "bevorzugter kontaktweg",
    ),
    "do_not_send_emails": (
        "do not send emails", "do not email", "email opt out", "has opted out of email",
        "opted out of email", "nao enviar emails", "nao enviar e mails",
        "no enviar correos", "no enviar correos electronicos", "non inviare e mail",
        "non inviare email", "keine e mails senden", "keine e mails",
    ),
    "do_not_call": (
        "do not call", "nao ligar", "nao telefonar", "no llamar", "non chiamare", "nicht anrufen",
    ),
    "is_primary": (
        "primary contact", "is primary", "contato principal", "contacto principal",
        "contatto principale", "hauptansprechpartner", "hauptkontakt",
    ),
    "certificate": ("certificate", "certificado", "certificato", "zertifikat"),
    "notes": (
        "notes", "note", "comments", "comment", "remarks", "remark", "notas", "observacoes",
        "anotacoes", "observaciones", "comentarios", "annotazioni", "osservazioni",
        "notizen", "notiz", "bemerkungen", "bemerkung",
    ),
}  # fmt: skip
#: Names that only the files of one product have together.
PRODUCTS: Mapping[str, Sequence[frozenset[str]]] = {
    "Google Contacts": (frozenset({"e mail 1 value"}), frozenset({"phone 1 value"})),
    "HubSpot": (
        frozenset({"record id", "lifecycle stage"}), frozenset({"record id", "contact owner"}),
        frozenset({"record id", "associated company"}), frozenset({"record id contact"}),
    ),
    "Outlook": (
        frozenset({"e mail address", "business phone"}),
        frozenset({"e mail address", "e mail display name"}),
    ),
    "Perfex CRM": (
        frozenset({"firstname", "lastname", "contact phonenumber"}),
        frozenset({"firstname", "phonenumber", "stripe id"}),
    ),
}  # fmt: skip
